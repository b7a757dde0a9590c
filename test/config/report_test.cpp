#include <doctest/doctest.h>

#include "config/report.hpp"

using namespace sluice::config;

TEST_CASE("findings are sorted by file, line and column, each once") {
  report out;
  out.error({"b.yaml", 1, 1}, "last");
  out.error({"a.yaml", 10, 2}, "third");
  out.warning({"a.yaml", 2, 10}, "second");
  out.error({"a.yaml", 2, 9}, "first", "x", "y");
  out.error({"a.yaml", 10, 2}, "third");
  CHECK(out.text() == "a.yaml:2:9: error: first (got x, want y)\na.yaml:2:10: warning: second\n"
                      "a.yaml:10:2: error: third\nb.yaml:1:1: error: last\n");
  CHECK(!out.empty());
}

TEST_CASE("warnings alone leave a configuration usable") {
  report out;
  out.warning({"a.yaml", 1, 1}, "careful");
  CHECK(out.empty());
  CHECK(out.text() == "a.yaml:1:1: warning: careful\n");
}

TEST_CASE("what was got is shown on one line and not at length") {
  CHECK(in_quotes("a\"b\\c\nd\te\x01") == "\"a\\\"b\\\\c\\nd\\te\\x01\"");
  CHECK(in_quotes(std::string(61, 'x')) == "\"" + std::string(60, 'x') + "..\"");
  std::string umlauts;
  for (int i = 0; i < 40; ++i) umlauts += "ü";
  CHECK(in_quotes("x" + umlauts).size() == 2 + 1 + 60 + 2); // never cut inside a character
}
