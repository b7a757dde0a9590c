// The expression language: values, types, missing values, and what the compiler
// says about wrong texts.
#include "actors/transform/expression.hpp"

#include <doctest/doctest.h>

#include "expression_fixture.hpp"

using namespace sluice;
using sluice::testing::eval;
using sluice::testing::row;

namespace {

constexpr std::int64_t two53 = 9007199254740992;
const field_types anything = [](std::string_view) { return field_knowledge{}; };

} // namespace

TEST_CASE("operators bind as in SQL") {
  CHECK(eval("1 + 2 * 3") == "int 7");
  CHECK(eval("(1 + 2) * 3") == "int 9");
  CHECK(eval("10 - 4 - 3") == "int 3");
  CHECK(eval("- 2 * -3") == "int 6");
  CHECK(eval("-(2 + 3)") == "int -5");
  CHECK(eval("17 % 5 + 1") == "int 3");
  CHECK(eval("1 < 2 and 2 < 1 or true") == "true");
  CHECK(eval("not 1 = 2 and true") == "true");
  CHECK(eval("NOT true OR TRUE") == "true");
  CHECK(eval("1 + 1 between 2 and 1 + 2 and true") == "true");
  CHECK(eval("1 <> 2") == "true");
  CHECK(eval("1 != 1.0") == "false");
}

TEST_CASE("integers stay exact and overflow is missing") {
  const row r{{{"a", std::int64_t{9223372036854775807}}, {"b", two53 + 1}}};
  CHECK(eval("a - 1", r) == "int 9223372036854775806");
  CHECK(eval("a + 1", r) == "missing");
  CHECK(eval("a * 2", r) == "missing");
  CHECK(eval("b + 1", r) == "int 9007199254740994");
  CHECK(eval("-9223372036854775808") == "int -9223372036854775808");
  CHECK(eval("-9223372036854775808 / -1") == "missing");
  CHECK(eval("-(-9223372036854775808)") == "missing");
  CHECK(eval("-9223372036854775808 % -1") == "int 0");
}

TEST_CASE("a division is exact when it can be and never cuts a fraction off") {
  CHECK(eval("7 / 2") == "num 3.5");
  CHECK(eval("8 / 2") == "int 4");
  CHECK(eval("7.0 / 2") == "num 3.5");
  CHECK(eval("(100 - humidity) / 5", {{{"humidity", std::int64_t{47}}}}) ==
        eval("(100 - humidity) / 5", {{{"humidity", 47.0}}}));
  CHECK(eval("1 / 0") == "missing");
  CHECK(eval("1.5 / 0") == "missing");
  CHECK(eval("1 % 0") == "missing");
  CHECK(eval("5.5 % 2") == "num 1.5");
  CHECK(eval("1e308 * 10") == "missing");
}

TEST_CASE("an integer and a double compare exactly") {
  const row r{{{"i", two53 + 1}, {"d", static_cast<double>(two53)}}};
  CHECK(eval("i = d", r) == "false");
  CHECK(eval("i > d", r) == "true");
  CHECK(eval("d < i", r) == "true");
  CHECK(eval("i in (d, 1)", r) == "false");
  CHECK(eval("9223372036854775807 < 9223372036854775808.0") == "true");
  CHECK(eval("-9223372036854775808 = -9223372036854775808.0") == "true");
  CHECK(eval("2 < 2.5") == "true");
  CHECK(eval("-2 > -2.5") == "true");
  CHECK(eval("1e300 > 9223372036854775807") == "true");
}

TEST_CASE("missing values follow the three-valued logic of SQL") {
  CHECK(eval("x + 1") == "missing:x");
  CHECK(eval("x > 1") == "missing:x");
  CHECK(eval("x > 1 and false") == "false");
  CHECK(eval("false and x > 1") == "false");
  CHECK(eval("x > 1 or true") == "true");
  CHECK(eval("x > 1 and true") == "missing:x");
  CHECK(eval("x > 1 or false") == "missing:x");
  CHECK(eval("not (x > 1)") == "missing:x");
  CHECK(eval("x is null") == "true");
  CHECK(eval("x is not null") == "false");
  CHECK(eval("null") == "missing");
  CHECK(eval("null is null") == "true");
  CHECK(eval("x between 1 and 2") == "missing:x");
  CHECK(eval("5 between null and 2") == "false");
  CHECK(eval("1 in (2, x, 1)") == "true");
  CHECK(eval("1 in (2, x)") == "missing:x");
  CHECK(eval("x in (1, 2)") == "missing:x");
  CHECK(eval("1 not in (2, 3)") == "true");
  CHECK(eval("2 not in (2, x)") == "false");
  CHECK(eval("3 not between 1 and 2") == "true");
}

TEST_CASE("a field of the wrong type for its operator is a type error that "
          "names the field") {
  const row r{{{"t", std::string("on")}, {"flag", true}, {"n", 1.5}}};
  CHECK(eval("t + 1", r) == "type:t");
  CHECK(eval("1 < t", r) == "type:t");
  CHECK(eval("t = 1", r) == "type:t");
  CHECK(eval("flag + 1", r) == "type:flag");
  CHECK(eval("flag > 0", r) == "type:flag");
  CHECK(eval("flag = n", r) == "type:n");
  CHECK(eval("n and flag", r) == "type:n");
  CHECK(eval("flag and n", r) == "type:n");
  CHECK(eval("not n", r) == "type:n");
  CHECK(eval("n between flag and 2", r) == "type:flag");
  CHECK(eval("n in (1, flag)", r) == "type:flag");
  CHECK(eval("t || n", r) == "type:n");
  CHECK(eval("t like 'a%' and n like 'a%'", {{{"t", std::string("a")}, {"n", 1.5}}}) == "type:n");
  CHECK(eval("round(1, t)", r) == "type:t");
  CHECK(eval("lower(n)", r) == "type:n");
  CHECK(eval("t between 1 and 2", r) == "type:t");
  CHECK(eval("case when n then 1 end", r) == "type:n");
  CHECK(eval("t is null", r) == "false");
  CHECK(eval("flag = true", r) == "true");
  CHECK(eval("flag in (false)", r) == "false");
  CHECK(eval("false and t > 1", r) == "false"); // the right side is skipped
}

TEST_CASE("odd field names stand in double quotes") {
  CHECK(eval("\"air temp\" + 1", {{{"air temp", std::int64_t{1}}}}) == "int 2");
  CHECK(eval("\"and\" + 1", {{{"and", std::int64_t{1}}}}) == "int 2");
  CHECK(eval("\"a\"\"b\"", {{{"a\"b", std::int64_t{7}}}}) == "int 7");
  CHECK(eval("air.temp + tempér", {{{"air.temp", std::int64_t{1}}, {"tempér", 2.0}}}) == "num 3");
}

TEST_CASE("each field is listed once, in order of first use") {
  auto e = expression::compile("b > 1 and a < b and c is null", anything);
  REQUIRE(e);
  CHECK(e->fields() == std::vector<std::string>{"b", "a", "c"});
  CHECK(e->type() == value_type::boolean);
}

TEST_CASE("operands can be read through a map of places") {
  auto e = expression::compile("a - b", anything);
  REQUIRE(e);
  const slot values[] = {slot::of(std::int64_t{1}), slot::of(std::int64_t{10}), slot::of(std::int64_t{4})};
  const value_type types[] = {value_type::integer, value_type::integer, value_type::integer};
  const std::uint16_t where[] = {1, 2};
  CHECK(e->evaluate(values, types, where).value.integer() == 6);
}

TEST_CASE("a wrong expression is refused with its place, what was got and what "
          "was wanted") {
  const field_types strict = [](std::string_view name) -> field_knowledge {
    if (name == "temperature") return {true, value_type::number, {}};
    if (name == "door") return {true, value_type::boolean, {}};
    if (name == "label") return {true, value_type::text, {}};
    return {false, value_type::missing, name == "temprature" ? "temperature" : ""};
  };
  struct {
    const char* text;
    std::size_t offset;
    const char* message;
  } table[] = {
      {"", 0, "empty expression (got nothing, want e.g. temperature > 0)"},
      {"temprature > 5", 0, "unknown field (got temprature, want temperature)"},
      {"1 < xyz", 4, "unknown field (got xyz, want a field of the source)"},
      {"temperature > 'abc'", 14, "wrong type for > (got text 'abc', want a number like temperature)"},
      {"temperature == 5", 12, "unknown operator (got ==, want =)"},
      {"door && door", 5, "unknown operator (got &&, want and)"},
      {"!door", 0, "unknown operator (got !, want not)"},
      {"temperature + door", 14, "wrong type for + (got boolean door, want a number)"},
      {"(temperature > 1) * 2", 0, "wrong type for * (got boolean (temperature > 1), want a number)"},
      {"not temperature", 4, "wrong type for not (got number temperature, want a boolean)"},
      {"temperature and door", 0, "wrong type for and (got number temperature, want a boolean)"},
      {"temperature = door", 14, "wrong type for = (got boolean door, want a number like temperature)"},
      {"door in (true, 1)", 15, "wrong type for in (got integer 1, want a boolean like door)"},
      {"label = 1", 8, "wrong type for = (got integer 1, want a text like label)"},
      {"label + 1", 0, "wrong type for + (got text label, want a number)"},
      {"door > true", 0, "wrong type for > (got boolean door, want a number or text)"},
      {"door | door", 5, "unknown operator (got |, want or)"},
      {"1 < temperature < 5", 0, "wrong type for < (got boolean 1 < temperature, want a number or text)"},
      {"temperature >", 13,
       "unexpected input (got the end, want a field, a value, a function or a "
       "parenthesis)"},
      {"(temperature", 12, "unexpected input (got the end, want ) or an operator)"},
      {"temperature temperature", 12,
       "unexpected input after the expression (got temperature, want an "
       "operator or the end)"},
      {"abs(label)", 4, "wrong type for abs (got text label, want a number)"},
      {"temperature between 1 or 2", 22, "unexpected input (got or, want and between the two bounds)"},
      {"temperature is 5", 15, "unexpected input (got 5, want null or not null after is)"},
      {"temperature in 5", 15, "unexpected input (got 5, want ( after in)"},
      {"temperature not 5", 12, "unexpected not (got not 5, want not in, not between or not like)"},
      {"temperature > 5m", 14, "not a number (got 5m, want e.g. 5 or 5.5)"},
      {"temperature > 1e999", 14, "number out of range (got 1e999, want a finite double)"},
      {"temperature > 9223372036854775808", 14,
       "integer out of range (got 9223372036854775808, want at most "
       "9223372036854775807)"},
      {"temperature > $x", 14, "unexpected character (got $, want a field, a number or an operator)"},
      {"\"temperature", 0, "field name is not closed (got \"temperature, want a closing \")"},
  };
  for (const auto& c : table) {
    CAPTURE(c.text);
    auto e = expression::compile(c.text, strict);
    REQUIRE_FALSE(e);
    CHECK(e.error().text == c.message);
    CHECK(e.error().offset == c.offset);
  }
}

TEST_CASE("deep nesting is refused, not crashed on") {
  CHECK_FALSE(expression::compile(std::string(5000, '(') + "1" + std::string(5000, ')'), anything));
  CHECK_FALSE(expression::compile(std::string(5000, '-') + "x", anything));
  std::string sum = "x";
  for (int i = 0; i < 3000; ++i) sum += " + x";
  CHECK(eval(sum, {{{"x", std::int64_t{1}}}}) == "int 3001");
  CHECK_FALSE(expression::compile(std::string(20000, 'x'), anything));
}

TEST_CASE("texts are compared by code points, joined and looked up") {
  const row r{{{"t", std::string("on")}, {"u", std::string("Ö")}}};
  CHECK(eval("t = 'on'", r) == "true");
  CHECK(eval("t != 'off' and t < 'p' and t > 'off'", r) == "true");
  CHECK(eval("t between 'a' and 'p'", r) == "true");
  CHECK(eval("t in ('off', 'on')", r) == "true");
  CHECK(eval("t not in ('off', x)", r) == "missing:x");
  CHECK(eval("'a' || t || 'b' = 'aonb'", r) == "true");
  CHECK(eval("'a' || x", r) == "missing:x");
  CHECK(eval("'it''s'") == "text it's");
  CHECK(eval("''") == "text ");
  CHECK(eval("u > 'z'", r) == "true");
  CHECK(eval("t", r) == "text on");
  CHECK(eval("t || '!'", r) == "text on!");
  CHECK(eval("1 = 1 and 'b' > 'a' or 1 / 0 > 1") == "true");
}

TEST_CASE("case takes the first branch whose condition is true, and computes "
          "no other") {
  const row r{{{"n", std::int64_t{5}}, {"t", std::string("on")}}};
  CHECK(eval("case when n > 7 then 'high' when n > 3 then 'mid' else 'low' end", r) == "text mid");
  CHECK(eval("case when n > 7 then 1 end", r) == "missing");
  CHECK(eval("case when x > 7 then 1 else 2 end", r) == "int 2"); // a missing condition is not true
  CHECK(eval("case t when 'off' then 0 when 'on' then 1 end + 1", r) == "int 2");
  CHECK(eval("case x when 1 then 0 else 2.5 end", r) == "num 2.5");
  CHECK(eval("case when true then n else t + 1 end", r) == "int 5");
  CHECK(eval("case when case when n = 5 then true end then case n when 5 then "
             "'five' end end",
             r) == "text five");
  CHECK(eval("CASE WHEN n IS NULL THEN 0 ELSE n END", r) == "int 5");
  CHECK(eval("case when n > 3 then null else 1 end", r) == "missing");
  auto e = expression::compile("case when a > 1 then 1 when a > 0 then 2.5 else null end", anything);
  REQUIRE(e);
  CHECK(e->type() == value_type::number);
  e = expression::compile("coalesce(null, 'a')", anything);
  REQUIRE(e);
  CHECK(e->type() == value_type::text);
}

TEST_CASE("a field called as a function or a word of the language stands in "
          "double quotes") {
  CHECK(eval("\"end\" + \"round\"", {{{"end", std::int64_t{1}}, {"round", std::int64_t{2}}}}) == "int 3");
  CHECK(eval("round + 1", {{{"round", std::int64_t{2}}}}) == "int 3"); // no parenthesis follows
  CHECK(eval("round(round)", {{{"round", 2.5}}}) == "num 3");
}
