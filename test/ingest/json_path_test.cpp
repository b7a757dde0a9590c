#include "actors/ingest/decode/json_path.hpp"

#include <doctest/doctest.h>

using namespace sluice;
using names = std::vector<std::string>;

TEST_CASE("a path leads through object members") {
  CHECK(json_path::parse("$.a")->names == names{"a"});
  CHECK(json_path::parse("$.a.b.c")->names == names{"a", "b", "c"});
  CHECK(json_path::parse("$[\"odd name\"]")->names == names{"odd name"});
  CHECK(json_path::parse("$.a['b.c'].d-1")->names == names{"a", "b.c", "d-1"});
  CHECK(json_path::parse("$[\"say \\\"a\\\\b\\\"\"]")->names == names{"say \"a\\b\""});
  CHECK(json_path::parse("$.größe")->names == names{"größe"});
  CHECK(json_path::parse("$[\"\"]")->names == names{""});
}

TEST_CASE("a path that leads nowhere says where it goes wrong") {
  struct row {
    const char *text, *says;
  };
  for (const auto& r :
       {row{"", "begins with $"}, row{"a.b", "begins with $"}, row{"$", "whole payload"},
        row{"$.", "name is missing (at character 3)"}, row{"$.a..b", "name is missing (at character 5)"},
        row{"$.a[0]", "array indexes and * are not possible (at character 5)"},
        row{"$.a[*]", "array indexes and * are not possible"}, row{"$.*", "* is not possible"},
        row{"$[name]", "in quotes"}, row{"$[\"a\"", "] is missing"}, row{"$[\"a", "not closed"},
        row{"$[\"a\\n\"]", "\\ stands before"}, row{"$a", ". or [ is missing (at character 2)"},
        row{"$.a b", ". or [ is missing (at character 4)"}, row{"$['a'x", "] is missing"}}) {
    CAPTURE(r.text);
    const auto path = json_path::parse(r.text);
    REQUIRE(!path);
    CHECK(path.error().code == ec::invalid);
    CAPTURE(path.error().text);
    CHECK(path.error().text.find(r.says) != std::string::npos);
  }
}

TEST_CASE("a path is shown in the spelling it can be read in") {
  CHECK(path_text("", "a") == "$.a");
  CHECK(path_text("$.a", "odd name") == "$.a[\"odd name\"]");
  CHECK(path_text("", "a\"b") == "$[\"a\\\"b\"]");
  CHECK(path_text("", "") == "$[\"\"]");
  CHECK(quoted("a\n\xff") == "\"a\\x0a\\xff\"");
  CHECK(quoted(std::string(70, 'x')) == "\"" + std::string(64, 'x') + "\" and 6 more bytes");
}
