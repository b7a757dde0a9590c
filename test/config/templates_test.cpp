// Templates: what a use makes of them, its places and its secrets.
#include <doctest/doctest.h>

#include "config/template_text.hpp"
#include "config/templates.hpp"
#include "config/yaml_tree.hpp"

using namespace sluice::config;

namespace {

surroundings world() {
  surroundings w;
  w.environment = [](const std::string&) { return std::optional<std::string>(); };
  w.read_file = [](const std::string&) -> sluice::outcome<std::string> { return std::string("hush"); };
  w.readable_by_all = [](const std::string&) { return false; };
  w.allow_unset = true;
  return w;
}

struct expanded {
  report out;
  secret_values secrets;
  yaml_node root;
  explicit expanded(const std::string& text) {
    root = parse_yaml(text, "t.yaml", world(), secrets, out);
    reader in{out, secrets};
    expand_templates(root, in);
  }
};

const std::string hall = R"(templates:
  hall:
    parameters:
      name: text
      limit: { type: number, default: 85 }
    sinks:
      $(name)-out: { file: { path: "$(name)/$(limit).jsonl" } }
      other-$(name): { file: { path: $$(name) } }
)";

} // namespace

TEST_CASE("a use makes one copy with its parameters in values and names") {
  const expanded e(hall + "use:\n  - hall: { name: north }\n  - hall: { name: south, limit: -1.5 }\n");
  CHECK(e.out.text() == "");
  CHECK(to_yaml(e.root) == "sinks:\n  north-out:\n    file:\n      path: \"north/85.jsonl\"\n"
                           "  other-north:\n    file:\n      path: $(name)\n"
                           "  south-out:\n    file:\n      path: \"south/-1.5.jsonl\"\n"
                           "  other-south:\n    file:\n      path: $(name)\n");
}

TEST_CASE("what a template makes stands beside what the file holds") {
  const expanded e("sinks:\n  plain: { file: { path: a } }\n" + hall + "use:\n  - hall: { name: n }\n");
  CHECK(e.out.text() == "");
  CHECK(e.root.value("sinks")->entries.size() == 3);
}

TEST_CASE("a copy keeps the place of the template and names its use") {
  const expanded e(hall + "use:\n  - hall: { name: north }\n");
  const auto& path = *e.root.value("sinks")->value("north-out")->value("file")->value("path");
  CHECK(to_string(path.at) == "t.yaml:7:36");
  CHECK(path.at.used == "template hall used at t.yaml:10:5");
}

TEST_CASE("a template without parameters may be used by its name") {
  const expanded e("templates: { t: { sinks: { out: { file: { path: o } } } } }\nuse: [t]\n");
  CHECK(e.out.text() == "");
  CHECK(e.root.value("sinks")->value("out") != nullptr);
}

TEST_CASE("a secret parameter stays secret in what it becomes part of") {
  const expanded e(hall + "use:\n  - hall: { name: \"${file:/run/secret}\" }\n");
  CHECK(e.secrets.holds("hush/85.jsonl"));
}

TEST_CASE("a parameter from an unset variable leaves its value unset") {
  const expanded e(hall + "use:\n  - hall: { name: n, limit: \"${NO_SUCH}\" }\n");
  CHECK(e.out.text() == "");
  CHECK(e.root.value("sinks")->value("n-out")->value("file")->value("path")->unset);
}

TEST_CASE("many uses of a large template end with an error, not with the memory") {
  std::string text = "templates:\n  t:\n    parameters: { n: text }\n    sinks:\n";
  for (int i = 0; i < 1000; ++i) text += "      $(n)-" + std::to_string(i) + ": { file: { path: o } }\n";
  text += "use:\n";
  for (int i = 0; i < 1000; ++i) text += "  - t: { n: a" + std::to_string(i) + " }\n";
  const expanded e(text);
  CHECK(e.out.errors() == 1);
  CHECK(e.out.text().find("the configuration is too large (got more than 100000 values, want fewer)") !=
        std::string::npos);
}

TEST_CASE("the text of a template is replaced piece by piece") {
  struct row {
    const char* text;
    const char* made;
    int bad;
  };
  for (const auto& [text, made, bad] :
       {row{"$(a)", "<a>", 0}, row{"x$(a)y$(b-1)", "x<a>y<b-1>", 0}, row{"$$(a)", "$(a)", 0},
        row{"$a $ (a)", "$a $ (a)", 0}, row{"$(", "$(", 1}, row{"$(a b)", "$(a b)", 1}, row{"$()", "$()", 1},
        row{"$($(a))", "$(<a>)", 1}, row{"", "", 0}}) {
    CAPTURE(text);
    int found = 0;
    CHECK(replace_parameters(
              text, [](std::string_view name, std::size_t) { return "<" + std::string(name) + ">"; },
              [&](std::size_t) { ++found; }) == made);
    CHECK(found == bad);
  }
}
