// The functions of expressions: every example of the reference, and the edges.
#include "actors/transform/expression_functions.hpp"

#include <doctest/doctest.h>

#include "expression_fixture.hpp"

using namespace sluice;
using sluice::testing::eval;

TEST_CASE("every function gives what its example in the reference says") {
  const testing::row r{{{"temperature", 21.5}, {"room", std::string("north-7")}, {"door", true}}};
  for (const auto& group : expression_functions())
    for (const auto& f : group.rows) {
      CAPTURE(f.example);
      CHECK(eval(f.example, r) == eval(f.value, r));
      CHECK(eval(f.example, r).find("error") == std::string::npos);
      CHECK(std::string(f.call).find(std::string(f.name) + "(") == 0);
      CHECK(std::string(f.example).find(std::string(f.name) + "(") != std::string::npos);
    }
}

TEST_CASE("a function of a missing argument is missing, but for those that say so") {
  for (const char* text :
       {"abs(x)", "round(2.5, x)", "power(2, x)", "least(1, x)", "lower(x)", "substr('abc', x)",
        "replace('a', 'b', x)", "hour(x)", "to_number(x)", "regexp_like(x, 'a')", "date_trunc('day', x)"}) {
    CAPTURE(text);
    CHECK(eval(text) == "missing:x");
  }
  CHECK(eval("coalesce(x, 3)") == "int 3");
  CHECK(eval("coalesce(x, y)") == "missing:y");
  CHECK(eval("coalesce(3, 1 / 0)") == "int 3");
  CHECK(eval("concat('a', x, 1.5)") == "text a1.5");
  CHECK(eval("type_of(x)") == "text missing");
}

TEST_CASE("functions of integers stay exact and what does not fit is missing") {
  CHECK(eval("abs(-9223372036854775808)") == "missing");
  CHECK(eval("abs(-9223372036854775807)") == "int 9223372036854775807");
  CHECK(eval("power(2, 62)") == "int 4611686018427387904");
  CHECK(eval("power(2, 63)") == "missing");
  CHECK(eval("power(-2, 63)") == "int -9223372036854775808");
  CHECK(eval("power(2, -1)") == "num 0.5");
  CHECK(eval("power(0, 0)") == "int 1");
  CHECK(eval("round(9223372036854775807, -1)") == "missing"); // ..810 does not fit
  CHECK(eval("round(9223372036854775804, -1)") == "int 9223372036854775800");
  CHECK(eval("round(15, -1)") == "int 20");
  CHECK(eval("round(-15, -1)") == "int -20");
  CHECK(eval("round(14, -2)") == "int 0");
  CHECK(eval("round(9223372036854775807, -19)") == "int 0");
  CHECK(eval("greatest(9007199254740993, 9007199254740992.0)") == "int 9007199254740993");
  CHECK(eval("mod(-9223372036854775808, -1)") == "int 0");
  CHECK(eval("to_integer(9223372036854775807.0)") == "missing");
  CHECK(eval("to_integer(2.5)") == "int 3");
  CHECK(eval("to_integer(-2.5)") == "int -3");
}

TEST_CASE("round rounds the exact value, halves away from zero") {
  CHECK(eval("round(0.125, 2)") == "num 0.13");
  CHECK(eval("round(-0.125, 2)") == "num -0.13");
  CHECK(eval("round(2.675, 2)") == "num 2.6699999999999999"); // 2.675 is a little less than its digits say
  CHECK(eval("round(1.005, 2)") == "num 1");
  CHECK(eval("round(2.5)") == "num 3");
  CHECK(eval("round(-0.5)") == "num -1");
  CHECK(eval("round(1234.5, -2)") == "num 1200");
  CHECK(eval("round(1e300, 2)") == eval("1e300"));
  CHECK(eval("round(1e-300, 2)") == "num 0");
  CHECK(eval("round(5.0, -400)") == "num 0");
  CHECK(eval("round(5.5, 400)") == "num 5.5");
}

TEST_CASE("what has no finite value is missing") {
  for (const char* text : {"sqrt(-1)",
                           "ln(0)",
                           "ln(-1)",
                           "log10(0)",
                           "exp(1000)",
                           "power(0.0, -1)",
                           "asin(2)",
                           "mod(1, 0)",
                           "mod(1.5, 0)",
                           "power(1e300, 2)",
                           "to_number('1e999')",
                           "to_number('nan')",
                           "to_number('inf')",
                           "to_number('')",
                           "to_number('1,5')",
                           "to_number('0x10')",
                           "to_number('--1')",
                           "to_number('+-1')",
                           "to_integer('9223372036854775808')",
                           "to_boolean('maybe')",
                           "to_boolean(2)"}) {
    CAPTURE(text);
    CHECK(eval(text) == "missing");
  }
  CHECK(eval("to_number(' +1.5e3 ')") == "num 1500");
  CHECK(eval("to_number('.5')") == "num 0.5");
  CHECK(eval("to_integer('007')") == "int 7");
  CHECK(eval("to_integer('-9223372036854775808')") == "int -9223372036854775808");
  CHECK(eval("to_number(true)") == "num 1");
  CHECK(eval("to_text(-0.0)") == "text 0");
  CHECK(eval("to_text(0.1)") == "text 0.1");
  CHECK(eval("to_text(9007199254740993)") == "text 9007199254740993");
}

TEST_CASE("texts count characters, not bytes") {
  CHECK(eval("length('äöü€😀')") == "int 5");
  CHECK(eval("substr('äöü€😀', 2, 3)") == "text öü€");
  CHECK(eval("substr('äöü', 0, 2)") == "text ä"); // as SQL: one of the two lies before the text
  CHECK(eval("substr('äöü', -5)") == "text äöü");
  CHECK(eval("substr('äöü', 3, 9223372036854775807)") == "text ü");
  CHECK(eval("substr('äöü', 4)") == "text ");
  CHECK(eval("substr('äöü', 1, -1)") == "missing");
  CHECK(eval("substr('abc', 1.9, 1)") == "text a"); // a position is rounded down
  CHECK(eval("left('äöü', 2)") == "text äö");
  CHECK(eval("right('äöü', 2)") == "text öü");
  CHECK(eval("right('äöü', 9)") == "text äöü");
  CHECK(eval("position('äöü', 'ü')") == "int 3");
  CHECK(eval("lpad('ü', 3, 'äö')") == "text äöü");
  CHECK(eval("lpad('äöü', 2)") == "text äö");
  CHECK(eval("rpad('ü', 4, 'äö')") == "text üäöä");
  CHECK(eval("lpad('a', 3, '')") == "missing");
  CHECK(eval("lpad('a', 3, '\x9f')") == "missing"); // half a character
  CHECK(eval("upper('straße ñ ж ω ÿ')") == "text STRAßE Ñ Ж Ω Ÿ");
  CHECK(eval("lower('ÄÖÜ ЖΩ')") == "text äöü жω");
  CHECK(eval("replace('aaa', 'a', 'bb')") == "text bbbbbb");
  CHECK(eval("replace('aaa', '', 'b')") == "text aaa");
  CHECK(eval("replace('aXbXc', 'X', '')") == "text abc");
  CHECK(eval("split_part('a,b,', ',', 3)") == "text ");
  CHECK(eval("split_part('a,b', ',', 3)") == "missing");
  CHECK(eval("split_part('a,b', ',', 0)") == "missing");
  CHECK(eval("split_part('a,b', '', 1)") == "missing");
  CHECK(eval("trim('\t a \n')") == "text a");
}

TEST_CASE("a text that finds no room is missing, whatever makes it") {
  const testing::row r{{{"t", std::string(40000, 'x')}}};
  CHECK(eval("length(t || t)", r) == "missing");
  CHECK(eval("length(repeat(t, 2))", r) == "missing");
  CHECK(eval("length(repeat('ab', 32768))") == "int 65536");
  CHECK(eval("repeat('ab', 32769)") == "missing");
  CHECK(eval("repeat('ab', 9223372036854775807)") == "missing");
  CHECK(eval("lpad('a', 9223372036854775807)") == "missing");
  CHECK(eval("replace(t, 'x', 'yy')", r) == "missing");
  CHECK(eval("length(upper(t))", r) == "missing"); // needs room for twice as much while it works
  CHECK(eval("length(trim(t)) + length(t)", r) == "int 80000");
  CHECK(eval("concat(t, t)", r) == "missing");
}

TEST_CASE("times follow the clocks of their zone over both changes") {
  // 2026-03-29 01:00 UTC: Berlin goes from +1 to +2; 2026-10-25 01:00 UTC:
  // back.
  CHECK(eval("hour(1774745999999, 'Europe/Berlin')") == "int 1");
  CHECK(eval("hour(1774746000000, 'Europe/Berlin')") == "int 3");
  CHECK(eval("format_time(1792890000000 - 1, '%F %T.%L %z', 'Europe/Berlin')") ==
        "text 2026-10-25 02:59:59.999 +0200");
  CHECK(eval("format_time(1792890000000, '%F %T.%L %z', 'Europe/Berlin')") ==
        "text 2026-10-25 02:00:00.000 +0100");
  CHECK(eval("(date_trunc('day', 1774746000000 + 86400000, 'Europe/Berlin') - "
             "date_trunc('day', 1774746000000, "
             "'Europe/Berlin')) / 3600000") == "int 23");
  CHECK(eval("(date_trunc('day', 1792890000000 + 86400000, 'Europe/Berlin') - "
             "date_trunc('day', 1792890000000, "
             "'Europe/Berlin')) / 3600000") == "int 25");
  CHECK(eval("date_trunc('hour', 1774746000000 + 600000, 'Asia/Kolkata')") == "int 1774744200000"); // +05:30
  CHECK(eval("format_time(date_trunc('week', time()), '%a %F')") == "text Mon 2026-03-23");
  CHECK(eval("format_time(date_trunc('quarter', time()), '%F')") == "text 2026-01-01");
  CHECK(eval("format_time(date_trunc('month', time()), '%F')") == "text 2026-03-01");
  CHECK(eval("format_time(date_trunc('year', -1), '%F')") == "text 1969-01-01");
  CHECK(eval("date_trunc('second', -1)") == "int -1000");
  CHECK(eval("format_time(-1, '%Y %j %u %A %b %e %Q %%')") == "text 1969 365 3 Wednesday Dec 31 -1 %");
  CHECK(eval("year(9223372036854775807)") == "missing");
  CHECK(eval("date_trunc('day', -9223372036854775808)") == "missing");
  CHECK(eval("format_time(253402300800000, '%F')") == "missing");
  CHECK(eval("parse_time('31.02.2026', '%d.%m.%Y')") == "missing");
  CHECK(eval("parse_time('nonsense', '%d.%m.%Y')") == "missing");
  CHECK(eval("hour(time() / 7)") == eval("hour(time() / 7 - 0.4)")); // a double is rounded down
}

TEST_CASE("patterns: like takes all of a text, a regular expression finds a "
          "part of it") {
  struct {
    const char *text, *pattern;
    bool matches;
  } table[] = {{"room-1", "room-%", true},
               {"room-1", "room", false},
               {"room-1", "%1", true},
               {"room-1", "r__m-_", true},
               {"ä", "_", true},
               {"ä", "__", false},
               {"", "%", true},
               {"", "_", false},
               {"100%", "100\\%", true},
               {"1000", "100\\%", false},
               {"a_b", "a\\_b", true},
               {"axb", "a\\_b", false},
               {"abcabc", "%abc", true},
               {"aXbXc", "a%b%c", true},
               {"mississippi", "%iss%ip%i", true},
               {"mississippi", "%iss%isx%", false},
               {"a\\b", "a\\\\b", true},
               {"abc", "%%%c", true},
               {"€uro", "_uro", true},
               {"ab", "a%b%", true},
               {"Room", "room", false}};
  for (const auto& c : table) {
    CAPTURE(c.text);
    CAPTURE(c.pattern);
    CHECK(eval("t like '" + std::string(c.pattern) + "'", {{{"t", std::string(c.text)}}}) ==
          (c.matches ? "true" : "false"));
  }
  CHECK(eval("'a' not like 'b%'") == "true");
  CHECK(eval("x like 'b%'") == "missing:x");
  CHECK(eval("regexp_like('alarm 17', '[0-9]+')") == "true");
  CHECK(eval("regexp_like('alarm', '^$')") == "false");
  CHECK(eval("regexp_extract('a=17;b=3', 'b=([0-9]+)')") == "text 3");
  CHECK(eval("regexp_extract('abc', 'b|c')") == "text b");
  CHECK(eval("regexp_extract('abc', 'x')") == "missing");
  CHECK(eval("regexp_extract('abc', 'b(x?)')") == "text ");
  // The classic that takes others exponential time.
  CHECK(eval("regexp_like(t, '^(a+)+$')", {{{"t", std::string(50000, 'a') + "b"}}}) == "false");
  CHECK(eval("t like '%a%a%a%a%a%a%b'", {{{"t", std::string(50000, 'a')}}}) == "false");
}

TEST_CASE("a wrong call is refused at its place") {
  struct {
    const char* text;
    std::size_t offset;
    const char* message;
  } table[] = {
      {"abss(x)", 0, "unknown function (got abss, want abs)"},
      {"1 + nonsense_name(x)", 4, "unknown function (got nonsense_name, want a function of the language)"},
      {"abs()", 0, "wrong number of arguments (got 0, want abs(x))"},
      {"abs(1, 2)", 0, "wrong number of arguments (got more than 1, want abs(x))"},
      {"round(1, 2, 3)", 0, "wrong number of arguments (got more than 2, want round(x, digits))"},
      {"abs('a')", 4, "wrong type for abs (got text 'a', want a number)"},
      {"lower(1)", 6, "wrong type for lower (got integer 1, want a text, e.g. to_text(1))"},
      {"hour(1, 'Europe/Berln')", 8, nullptr},
      {"hour(1, x)", 8,
       "wrong argument of hour (got x, want the name of a time zone in quotes, "
       "e.g. 'Europe/Berlin')"},
      {"date_trunc('hours', 1)", 11,
       "unknown unit of time (got hours, want second, minute, hour, day, week, "
       "month, quarter or year)"},
      {"format_time(1, '%K')", 15,
       "unknown letter in a format (got %K, want one of %Y %m %d %H %M %S %L "
       "%j %u %F %T %z %Q %a %A %b %B %e %%)"},
      {"regexp_like('a', '(')", 17, "not a regular expression (got (, want RE2 syntax: missing ): ()"},
      {"regexp_like('a', x)", 17,
       "wrong argument of regexp_like (got x, want a text in quotes, e.g. "
       "regexp_like(room, '^[a-z]+-[0-9]+$'))"},
      {"'a' like x", 9, "wrong pattern of like (got x, want a text in quotes, e.g. 'room-%')"},
      {"'a' like 'a\\b'", 9, "wrong escape in a pattern (got \\b, want \\%, \\_ or \\\\)"},
      {"'a' || 1", 7, "wrong type for || (got integer 1, want a text, e.g. to_text(1))"},
      {"(1 = 1) || (2 = 2)", 0, "wrong type for || (got boolean (1 = 1), want a text, or write or)"},
      {"case when 1 then 2 end", 10, "wrong type for when (got integer 1, want a boolean)"},
      {"case x then 2 end", 7, "unexpected input (got then, want when)"},
      {"case when true then 2", 21, "unexpected input (got the end, want when, else or end)"},
      {"case when true then 2 else 'a' end", 27, "wrong type for case (got text 'a', want a number like 2)"},
      {"coalesce(1, true)", 12, "wrong type for coalesce (got boolean true, want a number like 1)"},
      {"'abc", 0, "text is not closed (got 'abc, want a closing ')"},
      {"end > 5", 0,
       "unexpected input (got end, want a field, a value, a function or a "
       "parenthesis; a field of that name stands "
       "in double quotes)"},
      {"5 in ('a')", 6, "wrong type for in (got text 'a', want a number like 5)"},
      {"'a' between 1 and 2", 12, "wrong type for between (got integer 1, want a text like 'a')"},
  };
  for (const auto& c : table) {
    CAPTURE(c.text);
    auto e = expression::compile(c.text, nullptr);
    REQUIRE_FALSE(e);
    if (c.message != nullptr) CHECK(e.error().text == c.message);
    CHECK(e.error().offset == c.offset);
  }
}
