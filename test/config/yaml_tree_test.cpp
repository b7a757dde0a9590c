#include <doctest/doctest.h>

#include "config/yaml_tree.hpp"

using namespace sluice::config;

namespace {

surroundings world() {
  surroundings w;
  w.environment = [](const std::string& name) -> std::optional<std::string> {
    if (name == "BRACES") return "}: {a: [1, 2]\": '#";
    if (name == "N") return "7";
    return std::nullopt;
  };
  w.read_file = [](const std::string&) -> sluice::outcome<std::string> { return "hunter2"; };
  w.why_unreadable = [](const std::string&) { return ""; };
  w.readable_by_all = [](const std::string&) { return false; };
  return w;
}

struct parsed {
  explicit parsed(std::string_view text) { root = parse_yaml(text, "f.yaml", world(), secrets, out); }
  std::string at(const yaml_node* node) const {
    return node == nullptr ? "none" : std::to_string(node->at.line) + ":" + std::to_string(node->at.column);
  }
  secret_values secrets;
  report out;
  yaml_node root;
};

} // namespace

TEST_CASE("every value and key knows its line and column, in characters from 1") {
  const parsed p("a: 1\nbü:\n  - x\n  - { ö: \"ä\", c: [2] }\nd:\ne: ~\n");
  REQUIRE(p.out.empty());
  CHECK(p.at(&p.root) == "1:1");
  CHECK(p.at(p.root.value("a")) == "1:4");
  const auto* b = p.root.value("bü");
  REQUIRE(b != nullptr);
  CHECK(p.at(b) == "3:3");
  CHECK(p.at(&b->items[1]) == "4:5");
  CHECK(p.at(b->items[1].value("ö")) == "4:10");
  CHECK(p.at(b->items[1].value("c")) == "4:18");
  CHECK(p.root.find("e")->key.at == place{"f.yaml", 6, 1});
  CHECK(p.at(p.root.value("d")) == "5:1"); // nothing is written: at its key
  CHECK(p.at(p.root.value("e")) == "6:4");
}

TEST_CASE("an offset into a text on one line is a column") {
  const parsed p(
      "a: x + 1\nb: \"x + 1\"\nc: 'ü + 1'\nd: \"\\\"x\\\" + 1\"\ne: >\n  x + 1\nf: &k x + 1\ng: ${N} + 1\n");
  REQUIRE(p.out.empty());
  CHECK(p.root.value("a")->place_of(4).column == 8);
  CHECK(p.root.value("b")->place_of(4).column == 9);
  CHECK(p.root.value("c")->place_of(5).column == 9); // byte 5 is the "1"
  CHECK(p.root.value("d")->place_of(4).column == 4); // escapes: the value's own place
  CHECK(p.root.value("e")->place_of(4).column == 4);
  CHECK(p.root.value("f")->place_of(4).column == 11);
  CHECK(p.root.value("g")->place_of(4).column == 4);
}

TEST_CASE("a value cannot change the structure") {
  const parsed p("a: ${BRACES}\nb: \"${N}\"\n${N}: x\n");
  REQUIRE(p.out.empty());
  CHECK(p.root.value("a")->text == "}: {a: [1, 2]\": '#");
  CHECK(p.root.value("b")->text == "7");
  CHECK(p.root.value("${N}")->text == "x"); // keys are not interpolated
}

TEST_CASE("secrets of files are remembered and not shown") {
  const parsed p("a: ${file:/x}\nb: hunter3\n");
  CHECK(p.secrets.holds("hunter2"));
  CHECK(!p.secrets.holds("hunter3"));
  CHECK(show(*p.root.value("a")) == "\"***\"");
  CHECK(show(*p.root.value("b")) == "\"hunter3\"");
}

TEST_CASE("anchors and merge keys are resolved, own keys win") {
  const parsed p("a: &x { u: 1, v: 2 }\nb: { <<: *x, v: 3 }\nc: *x\nd: { <<: [*x, { w: 4 }] }\n");
  REQUIRE(p.out.empty());
  CHECK(p.root.value("b")->value("u")->text == "1");
  CHECK(p.root.value("b")->value("v")->text == "3");
  CHECK(p.root.value("b")->find("<<") == nullptr);
  CHECK(p.at(p.root.value("c")->value("u")) == "1:12");
  CHECK(p.root.value("d")->value("w")->text == "4");
}

TEST_CASE("what is no plain configuration text is an error with its place") {
  const auto said = [](std::string_view text) { return parsed(text).out.text(); };
  CHECK(said("a: 1\na: 2\n") ==
        "f.yaml:2:1: error: duplicate key (got \"a\", want each key once; the first is at line 1)\n");
  CHECK(said("a: \"x\n") ==
        "f.yaml:1:4: error: a quote is not closed (got the end of the file, want a closing quote)\n");
  CHECK(said("a: [ 'it''s ]\n") ==
        "f.yaml:1:6: error: a quote is not closed (got the end of the file, want a closing quote)\n");
  CHECK(said("a: &k 'x\n") ==
        "f.yaml:1:4: error: a quote is not closed (got the end of the file, want a closing quote)\n");
  CHECK(said("? [1]\n: 2\n") == "f.yaml:1:3: error: a key is not a text, or a bracket is not closed (got "
                                "something else, want NAME: VALUE)\n");
  CHECK(said("~: 2\n").find("a key is not a text") != std::string::npos);
  CHECK(said("a: !thing 2\n") ==
        "f.yaml:1:4: error: an unknown YAML tag (got \"!thing\", want a value without tag)\n");
  CHECK(said("a: !!str 2\n") == "");
  CHECK(said("a: &x [ *x ]\n").find("an alias stands inside what it refers to") != std::string::npos);
  CHECK(said("a: 1\n--- \nb: 1\n").find("a second YAML document") != std::string::npos);
  CHECK(said(std::string("a: \0", 4)).find("f.yaml:1:4: error: the file is not UTF-8") == 0);
  CHECK(said("a: \xed\xa0\x80").find("f.yaml:1:4: error: the file is not UTF-8") == 0);
  CHECK(said("\xEF\xBB\xBF"
             "a: 1\r\nb: 2\r\n") == "");
  CHECK(said("") == "");
  CHECK(said("a: it's \"fine\"\nb: 'it''s'\nc: \"\\\"\"\n") == "");
}

TEST_CASE("aliases cannot blow a configuration up") {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const auto before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int j = 0; j < 9; ++j) text += ", " + before;
    text += "]\n";
  }
  CHECK(parsed(text).out.text().find("more than 100000 values") != std::string::npos);
  CHECK(
      parsed("a: " + std::string(200, '[') + std::string(200, ']')).out.text().find("more than 64 levels") !=
      std::string::npos);
  CHECK(!parsed("a: " + std::string(100000, '[')).out.empty());
}

TEST_CASE("printing is canonical: equal trees give equal text") {
  const parsed p("b: { y: [1, \"2\"], x: {} }\na: \"q\\\"\"\nc: []\nd: [ { k: v } ]\n");
  const auto text = to_yaml(p.root);
  CHECK(text == "b:\n  y:\n    - 1\n    - \"2\"\n  x: {}\na: \"q\\\"\"\nc: []\nd:\n  -\n    k: v\n");
  CHECK(to_yaml(parsed(text).root) == text);
  CHECK(to_flow(p.root) == "{ b: { y: [1, \"2\"], x: {} }, a: \"q\\\"\", c: [], d: [{ k: v }] }");
}
