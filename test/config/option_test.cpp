#include <doctest/doctest.h>

#include "config/component_row.hpp"
#include "config/option_kinds.hpp"
#include "config/reference.hpp"
#include "config/yaml_tree.hpp"

using namespace sluice::config;
using namespace std::chrono_literals;

namespace {

struct inner_options {
  std::string user = "nobody";
  std::string password;
};

enum class colour { red, green };

struct test_options {
  int count = 3;
  std::chrono::milliseconds wait{1500};
  std::optional<std::chrono::milliseconds> idle = 2min;
  std::uint64_t bytes = 4096;
  bool on = true;
  colour paint = colour::green;
  std::vector<std::string> names;
  inner_options inner;
};

const options<test_options>& table() {
  static const auto inner =
      options<inner_options>("inner")
          .add({"user", "Who.", "me"}, &inner_options::user, text())
          .add({"password", "Secret.", "x", false, true}, &inner_options::password, text());
  static const auto made =
      options<test_options>("test")
          .add({"count", "How many.", "5"}, &test_options::count, whole_number<int>(1, 10))
          .add({"wait", "How long.", "1s"}, &test_options::wait, duration(1ms, 1min))
          .add({"idle", "Silence.", "2m"}, &test_options::idle, duration_or("never", 1s, 1h))
          .add({"bytes", "Size.", "4KiB"}, &test_options::bytes, size(1, 1 << 20))
          .add({"on", "Switch.", "true"}, &test_options::on, yes_or_no())
          .add({"paint", "Colour.", "red"}, &test_options::paint,
               choice<colour>({{"red", colour::red}, {"green", colour::green}}))
          .add({"names", "Names.", "[a]", required}, &test_options::names, one_or_list(text()))
          .add({"inner", "Inside.", "{ user: me }"}, &test_options::inner, map_of(inner));
  return made;
}

surroundings bare_world() {
  surroundings w;
  w.environment = [](const std::string&) { return std::nullopt; };
  w.read_file = [](const std::string&) -> sluice::outcome<std::string> { return "from-file"; };
  w.why_unreadable = [](const std::string&) { return ""; };
  w.readable_by_all = [](const std::string&) { return false; };
  return w;
}

struct reading {
  explicit reading(std::string_view text) {
    const auto root = parse_yaml(text, "f", bare_world(), secrets, out);
    reader in{out, secrets};
    table().read(root, made, in);
  }
  secret_values secrets;
  report out;
  test_options made;
};

} // namespace

TEST_CASE("one declaration parses into the member") {
  const reading r("count: 7\nwait: 2s\nidle: never\nbytes: 8KiB\non: false\npaint: red\nnames: [a, b]\n"
                  "inner: { user: x, password: hunter2 }\n");
  CHECK(r.out.text() == "");
  CHECK(r.made.count == 7);
  CHECK(r.made.wait == 2s);
  CHECK(!r.made.idle);
  CHECK(r.made.bytes == 8192);
  CHECK(!r.made.on);
  CHECK(r.made.paint == colour::red);
  CHECK(r.made.names == std::vector<std::string>{"a", "b"});
  CHECK(r.made.inner.user == "x");
  CHECK(reading("names: one").made.names == std::vector<std::string>{"one"});
}

TEST_CASE("what is not given keeps the default of the struct") {
  const reading r("names: a");
  CHECK(r.made.count == 3);
  CHECK(r.made.idle == 2min);
}

TEST_CASE("all errors are reported, each at its value or key") {
  const reading r(
      "count: 11\nwait: 2\nidle: off\nbytes: big\non: yes\npaint: gren\nnames: []\ninner: { usr: x }\n");
  CHECK(r.out.text() ==
        "f:1:8: error: test.count is out of bounds (got \"11\", want a whole number from 1 to 10)\n"
        "f:2:7: error: test.wait is not a duration (got \"2\", want e.g. \"1s\")\n"
        "f:3:7: error: test.idle is not a duration (got \"off\", want e.g. \"2m\" or \"never\")\n"
        "f:4:8: error: test.bytes is not a size (got \"big\", want e.g. \"4KiB\")\n"
        "f:5:5: error: test.on is not true or false (got \"yes\", want true or false)\n"
        "f:6:8: error: test.paint is none of its values, did you mean \"green\"? (got \"gren\", want one of "
        "red, green)\n"
        "f:7:8: error: test.names is empty (got a list, want at least one, e.g. [a])\n"
        "f:8:10: error: unknown key in inner, did you mean \"user\"? (got \"usr\", want one of user, "
        "password)\n");
}

TEST_CASE("numbers out of every range and texts that only begin as numbers are refused") {
  for (const char* bad : {"0", "-1", "1x", "1.0", "0x5", "", "99999999999999999999", "1e1", "\" 5\""}) {
    CAPTURE(std::string(bad));
    CHECK(!reading("names: a\ncount: " + std::string(bad)).out.empty());
  }
}

TEST_CASE("a missing required key is an error at the map, unless it is there mistyped") {
  CHECK(reading("count: 1").out.text() ==
        "f:1:1: error: test.names is missing (got nothing, want e.g. names: [a])\n");
  CHECK(reading("nmaes: a").out.text().find("is missing") == std::string::npos);
}

TEST_CASE("secrets are printed as *** wherever they stand") {
  const reading r("names: [a, \"${file:/s}\"]\ninner: { user: hunter2, password: hunter2 }\n");
  const auto text = to_yaml(table().print(r.made, r.secrets));
  CHECK(text == "count: 3\nwait: 1500ms\nidle: 2m\nbytes: 4KiB\non: true\npaint: green\nnames:\n  - \"a\"\n"
                "  - \"***\"\ninner:\n  user: \"***\"\n  password: \"***\"\n");
  CHECK(reading("names: a\ninner: { password: [hunter2] }").out.text().find("hunter2") == std::string::npos);
}

TEST_CASE("the declaration documents itself") {
  const auto text = to_markdown(reference_section{"test", "A test.", "test: {}", table().infos()});
  CHECK(text.find("| `count` | whole number | `3` | 1 to 10 | How many. | `5` |\n") != std::string::npos);
  CHECK(text.find("| `names` | text, or list | required | not empty | Names. | `[a]` |\n") !=
        std::string::npos);
  CHECK(text.find("| `inner.password` | text | secret | not empty | Secret. | `x` |\n") != std::string::npos);
  CHECK(text.find("| `idle` | duration or `never` | `2m` |") != std::string::npos);
}
