// Last known values in event time.
#include "actors/transform/latest.hpp"

#include <doctest/doctest.h>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

field_value integer(std::int64_t i) {
  return {value_type::integer, slot::of(i), {}};
}
field_value text(std::string_view t) {
  return {value_type::text, {}, t};
}

struct key {
  explicit key(std::optional<std::chrono::milliseconds> max_age = 10min, std::size_t fields = 2)
      : rule(fields, max_age), m(rule.make_memory()) {}
  void event(std::int64_t time, std::vector<field_value> values) {
    rule.prepare(values);
    rule.remember(m, values, time);
  }
  std::int64_t held(std::size_t i, std::int64_t time) const {
    const auto v = rule.fill(m, i, time);
    return v.type == value_type::integer ? v.value.integer() : -1;
  }
  latest_rule rule;
  latest_rule::memory m;
};

} // namespace

TEST_CASE("an event gets the last known value of a field it does not have") {
  key k;
  CHECK(k.held(0, 0) == -1);
  k.event(1000, {integer(7), {}});
  CHECK(k.held(0, 1000) == 7);
  CHECK(k.held(0, 5000) == 7);
  CHECK(k.held(1, 5000) == -1);
  k.event(2000, {{}, integer(8)});
  CHECK(k.held(0, 2000) == 7);
  CHECK(k.held(1, 2000) == 8);
}

TEST_CASE("an older event never replaces a newer value, and of equal time the later event counts") {
  key k;
  k.event(2000, {integer(2), {}});
  k.event(1000, {integer(1), integer(5)});
  CHECK(k.held(0, 2000) == 2);
  CHECK(k.held(1, 2000) == 5);
  k.event(2000, {integer(3), {}});
  CHECK(k.held(0, 2000) == 3);
}

TEST_CASE("a value more than max_age away from the event is not given, in both directions") {
  key k;
  k.event(1000000, {integer(1), {}});
  CHECK(k.held(0, 1000000 + 600000) == 1);
  CHECK(k.held(0, 1000000 + 600001) == -1);
  CHECK(k.held(0, 1000000 - 600000) == 1);
  CHECK(k.held(0, 1000000 - 600001) == -1);
  key forever{std::nullopt};
  forever.event(std::numeric_limits<std::int64_t>::min(), {integer(1), {}});
  CHECK(forever.held(0, std::numeric_limits<std::int64_t>::max()) == 1);
}

TEST_CASE("values of every type come back from a saved memory") {
  key k{10min, 5};
  k.event(5, {integer(-3),
              {value_type::number, slot::of(2.5), {}},
              {value_type::boolean, slot::of(true), {}},
              text("on \"it\""),
              {}});
  std::string bytes;
  k.rule.save(k.m, bytes);
  key again{10min, 5};
  REQUIRE(again.rule.restore(again.m, bytes));
  for (std::size_t i = 0; i < 5; ++i)
    CHECK(same_value(k.rule.fill(k.m, i, 5), again.rule.fill(again.m, i, 5)));
  CHECK(again.rule.fill(again.m, 3, 5).text == "on \"it\"");
  for (std::size_t n = 0; n < bytes.size(); ++n) CHECK_FALSE(again.rule.restore(again.m, bytes.substr(0, n)));
  key other{10min, 4};
  CHECK_FALSE(other.rule.restore(other.m, bytes));
}

TEST_CASE("a text is kept beyond its event") {
  key k;
  std::string own = "closed";
  k.event(1, {text(own), {}});
  own = "XXXXXX";
  CHECK(k.rule.fill(k.m, 0, 1).text == "closed");
}
