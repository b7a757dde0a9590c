#include "actors/transform/expression_reference.hpp"

#include "actors/transform/expression_functions.hpp"

namespace sluice {

namespace {

constexpr std::string_view language =
    R"(SQL's spelling, and SQL's rules for missing values. Expressions are typed: `lint` says
at the character what does not fit.

| | |
|---|---|
| values | integers (64 bit, exact), numbers (double), `true` `false`, `'texts'` (`''` is one quote), `null` |
| fields | `temperature`, `air.temp`; `"any other name"` in double quotes, also when it is a word of the language (`"end"`) |
| numbers | `+ - * / %`; integers stay exact, an overflow is missing; `7 / 2` is 3.5 and `8 / 2` the integer 4 |
| texts | `a \|\| b` joins them; `like 'room-%'` (`%` any characters, `_` one, `\` before one of them: itself) |
| comparisons | `= != <> < <= > >=`, `between 1 and 2`, `in (1, 2)`, each also with `not` before the word; an integer and a double compare exactly, texts by code points |
| logic | `and or not`; `is null`, `is not null` |
| choice | `case when C then A .. else B end`, `case X when V then A .. else B end`: no branch is computed but the one taken |

A missing operand makes the result missing; `and` and `or` follow SQL's three-valued logic, a condition that is missing is not true. What
is not finite, divides by zero or does not fit into an integer is missing. An argument that must be an integer takes a double rounded
down. A field of the wrong type at run time is the dead letter `field.type`. All texts that the steps make of one event have room in
64 KiB; one that finds none is missing.

In the examples the event is `{"temperature": 21.5, "room": "north-7", "door": true}` of device `room-1` at
2026-03-29T01:30:00Z, received 250 ms later.
)";

// A bar would end the cell of a table.
std::string code(std::string_view text) {
  std::string out = "`";
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out + "`";
}

} // namespace

std::string expression_reference() {
  std::string out(language);
  for (const auto& group : expression_functions()) {
    out += "\n**" + group.title + "**\n\n| function | meaning | example | gives |\n|---|---|---|---|\n";
    for (const auto& row : group.rows)
      out += "| " + code(row.call) + " | " + std::string(row.meaning) + " | " + code(row.example) + " | " +
             code(row.value) + " |\n";
  }
  return out;
}

} // namespace sluice
