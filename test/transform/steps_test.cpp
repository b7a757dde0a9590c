// filter, derive and their composition over the rows of a batch.
#include "actors/transform/steps.hpp"

#include <doctest/doctest.h>

using namespace sluice;

namespace {

const field_names abc = {"a", "b", "c"};

steps compiled(std::vector<step_options> options, std::vector<std::string> reads = {}) {
  auto s = steps::compile(options, {}, reads);
  REQUIRE_MESSAGE(s, (s ? "" : s.error().text));
  s->bind(abc);
  return std::move(*s);
}

const slot values[] = {slot::of(std::int64_t{4}), slot::of(2.5), slot{}};
const value_type types[] = {value_type::integer, value_type::number, value_type::missing};

} // namespace

TEST_CASE("a filter keeps an event iff its expression is true") {
  CHECK(compiled({filter_options{"f", "a > 3"}}).run(values, types).what == steps::verdict::pass);
  auto dropped = compiled({filter_options{"f", "a > 4"}}).run(values, types);
  CHECK(dropped.what == steps::verdict::filtered);
  CHECK_FALSE(dropped.missing_field);
}

TEST_CASE("a filter on a missing field is false and says so") {
  for (const char* text : {"c > 1", "nobody > 1"}) {
    auto r = compiled({filter_options{"f", text}}).run(values, types);
    CHECK(r.what == steps::verdict::filtered);
    CHECK(r.missing_field);
  }
  auto divided = compiled({filter_options{"f", "a / 0 > 1"}}).run(values, types);
  CHECK(divided.what == steps::verdict::filtered);
  CHECK_FALSE(divided.missing_field);
}

TEST_CASE("a later derived field may use an earlier one, and one may hide a "
          "field of the source") {
  auto s = compiled({derive_options{"d", {{"x", "a * 2"}, {"y", "x + b"}, {"a", "a + 100"}, {"z", "a"}}}},
                    {"a", "y"});
  auto r = s.run(values, types);
  CHECK(r.what == steps::verdict::pass);
  CHECK(s.value(s.reg("x")).integer() == 8);
  CHECK(s.value(s.reg("y")).number() == 10.5);
  CHECK(s.value(s.reg("a")).integer() == 104);
  CHECK(s.value(s.reg("z")).integer() == 104);
  CHECK(std::vector<std::string>(s.base_fields().begin(), s.base_fields().end()) ==
        std::vector<std::string>{"a", "b"});
  CHECK(s.named().size() == 4);
}

TEST_CASE("a derived field from a missing field or to a non-finite value is "
          "missing and counted") {
  auto s = compiled({derive_options{"d", {{"x", "c + 1"}, {"y", "a / 0"}, {"z", "a"}}}});
  auto r = s.run(values, types);
  CHECK(r.what == steps::verdict::pass);
  CHECK(r.derive_missing == 2);
  CHECK(s.type(s.reg("x")) == value_type::missing);
  CHECK(s.type(s.reg("z")) == value_type::integer);
}

TEST_CASE("a field of the wrong type in a step is a type error that names it") {
  const value_type texts[] = {value_type::integer, value_type::text, value_type::boolean};
  auto s = compiled({derive_options{"d", {{"x", "a + 1"}}}, filter_options{"f", "x > b"}});
  auto r = s.run(values, texts);
  CHECK(r.what == steps::verdict::refused);
  CHECK(s.name(r.reg) == "b");
}

TEST_CASE("fields find their slots again when the names of the source grow") {
  auto s = compiled({filter_options{"f", "late > 1"}});
  CHECK(s.run(values, types).missing_field);
  const field_names more = {"a", "b", "late"};
  s.bind(more);
  const slot v[] = {slot{}, slot{}, slot::of(2.0)};
  const value_type t[] = {value_type::missing, value_type::missing, value_type::number};
  CHECK(s.run(v, t).what == steps::verdict::pass);
}

TEST_CASE("a filter that is a number and a step that does not compile are "
          "refused by name") {
  std::vector<step_options> number = {filter_options{"warm", "a + 1"}};
  auto s = steps::compile(number, {}, {});
  REQUIRE_FALSE(s);
  CHECK(s.error().text == "filter warm, byte 0: a filter is true or false (got "
                          "a number a + 1, want a "
                          "comparison, e.g. temperature > 0)");
  std::vector<step_options> broken = {derive_options{"derive-1", {{"x", "a +"}}}};
  CHECK(steps::compile(broken, {}, {}).error().text.find("derive derive-1, x, byte 3: ") == 0);
}

TEST_CASE("a derived text is made of the event's texts and lives until the "
          "next event") {
  auto s =
      compiled({derive_options{"d", {{"x", "upper(c) || '!'"}, {"y", "x || x"}, {"z", "c"}, {"k", "'on'"}}},
                filter_options{"f", "y like '%!%!' and z = 'ab' and k = 'on' and device() = 'dev'"}});
  event_batch b;
  b.arena += "devab";
  event_row row;
  row.device_length = 3;
  const slot v[] = {slot{}, slot{}, slot::text(3, 2)};
  const value_type t[] = {value_type::missing, value_type::missing, value_type::text};
  for (int i = 0; i < 3; ++i) {
    CHECK(s.run(v, t, &b, &row).what == steps::verdict::pass);
    CHECK(s.text(s.reg("y")) == "AB!AB!");
    CHECK(s.text(s.reg("z")) == "ab");
    CHECK(s.text(s.reg("k")) == "on");
  }
}

TEST_CASE("select keeps the fields it names, of the source and derived ones") {
  auto s = compiled({derive_options{"d", {{"x", "a + 1"}}}, select_options{"s", {"x", "b", "later"}}});
  s.run(values, types);
  CHECK(s.value(s.reg("x")).integer() == 5);
  CHECK(s.value(s.reg("b")).number() == 2.5);
  CHECK(s.type(s.reg("later")) == value_type::missing);
  CHECK(s.reg("a") == no_field);
  CHECK_FALSE(s.passes("a"));
  CHECK_FALSE(s.passes("c"));
  CHECK(s.named().size() == 3);
}

TEST_CASE("drop takes fields away, of the source and derived ones") {
  auto s = compiled({derive_options{"d", {{"x", "a + 1"}}}, drop_options{"s", {"x", "b"}}}, {"a"});
  s.run(values, types);
  CHECK(s.reg("x") == no_field);
  CHECK_FALSE(s.passes("b"));
  CHECK(s.passes("c"));
  CHECK(s.named().empty());
  CHECK(s.value(s.reg("a")).integer() == 4);
}

TEST_CASE("rename moves all fields at once, so that two may change places") {
  auto s = compiled({rename_options{"r", {{"a", "b"}, {"b", "a"}, {"d", "c"}}}, filter_options{"f", "b = 4"}},
                    {"a"});
  CHECK(s.run(values, types).what == steps::verdict::pass);
  CHECK(s.value(s.reg("a")).number() == 2.5);
  CHECK(s.value(s.reg("b")).integer() == 4);
  CHECK_FALSE(s.passes("c"));
  CHECK(s.type(s.reg("d")) == value_type::missing);
}

TEST_CASE("a field that was selected away, dropped or renamed is unknown to "
          "later steps") {
  const std::pair<step_options, const char*> table[] = {
      {select_options{"s", {"ab", "b"}}, "unknown field (got a, want ab)"},
      {drop_options{"s", {"a"}}, "unknown field (got a, want a field that is there at this step)"},
      {rename_options{"r", {{"ba", "a"}}}, "unknown field (got a, want ba)"}};
  for (const auto& [step, message] : table) {
    std::vector<step_options> options = {step, filter_options{"f", "a > 1"}};
    const auto s = steps::compile(options, {}, {});
    REQUIRE_FALSE(s);
    CAPTURE(s.error().text);
    CHECK(s.error().text.find("filter f, byte 0: ") == 0);
    const std::vector<std::string> reads = {"a"};
    options.pop_back();
    CHECK_FALSE(steps::compile(options, {}, reads));
  }
}
