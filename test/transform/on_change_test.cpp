// Dead bands.
#include "actors/transform/on_change.hpp"

#include <limits>

#include <doctest/doctest.h>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

field_value integer(std::int64_t i) {
  return {value_type::integer, slot::of(i), {}};
}
field_value number(double d) {
  return {value_type::number, slot::of(d), {}};
}
field_value text(std::string_view t) {
  return {value_type::text, {}, t};
}

struct key {
  explicit key(std::vector<std::string> bands, std::optional<std::chrono::milliseconds> every = {})
      : rule(parsed(bands), every), m(rule.make_memory()) {}
  static std::vector<dead_band> parsed(const std::vector<std::string>& texts) {
    std::vector<dead_band> out;
    for (const auto& t : texts) out.push_back(*dead_band::parse(t));
    return out;
  }
  bool passes(std::int64_t time, std::vector<field_value> values) {
    if (!rule.passes(m, values, time)) return false;
    rule.prepare(values);
    rule.remember(m, values, time);
    return true;
  }
  on_change_rule rule;
  on_change_rule::memory m;
};

} // namespace

TEST_CASE("a dead band reads back as it was written, and nothing else is one") {
  for (const char* good : {"any", "0.5", "5%", "0", "0%", "12.5%"}) {
    const auto band = dead_band::parse(good);
    REQUIRE(band);
    CHECK(band->text() == good);
  }
  for (const char* bad : {"", "%", "-1", "-0", "0.5 ", "inf", "nan", "1e999", "5%%", "Any", "half", "+1"})
    CHECK_FALSE(dead_band::parse(bad));
}

TEST_CASE("an event goes on when a field has left its dead band around the value last let through") {
  key k({"0.5"});
  CHECK(k.passes(1, {number(20)}));
  CHECK_FALSE(k.passes(2, {number(20.5)})); // exactly the width is no change
  CHECK(k.passes(3, {number(20.75)}));
  CHECK_FALSE(k.passes(4, {number(20.25)}));
  CHECK_FALSE(k.passes(5, {number(20.5)})); // creeping is measured from the one let through
  CHECK(k.passes(6, {number(20.125)}));
}

TEST_CASE("a share is one of the value last let through") {
  key k({"5%"});
  CHECK(k.passes(1, {number(-200)}));
  CHECK_FALSE(k.passes(2, {number(-210)}));
  CHECK(k.passes(3, {number(-210.5)}));
  key zero({"5%"});
  CHECK(zero.passes(1, {number(0)}));
  CHECK_FALSE(zero.passes(2, {number(0)}));
  CHECK(zero.passes(3, {number(1e-300)}));
}

TEST_CASE("any is another value or type; 1 and 1.0 are the same") {
  key k({"any"});
  CHECK(k.passes(1, {integer(1)}));
  CHECK_FALSE(k.passes(2, {number(1.0)}));
  CHECK(k.passes(3, {text("1")}));
  CHECK_FALSE(k.passes(4, {text("1")}));
  CHECK(k.passes(5, {text("2")}));
}

TEST_CASE("a missing field says nothing, and a field seen for the first time is a change") {
  key k({"0.5", "any"});
  CHECK(k.passes(1, {number(1), {}}));
  CHECK_FALSE(k.passes(2, {{}, {}}));
  CHECK_FALSE(k.passes(3, {number(1), {}}));
  CHECK(k.passes(4, {number(1), text("on")}));
  CHECK_FALSE(k.passes(5, {{}, text("on")}));
}

TEST_CASE("at_least_every lets an event through that much later, in event time") {
  key k({"any"}, 10s);
  CHECK(k.passes(1000, {integer(1)}));
  CHECK_FALSE(k.passes(10999, {integer(1)}));
  CHECK(k.passes(11000, {integer(1)}));
  CHECK_FALSE(k.passes(12000, {integer(1)}));
  CHECK_FALSE(k.passes(std::numeric_limits<std::int64_t>::min(), {integer(1)}));
}

TEST_CASE("an older event is compared with the newer one's values and replaces none of them") {
  key k({"0.5"});
  CHECK(k.passes(2000, {number(20)}));
  CHECK_FALSE(k.passes(1000, {number(20.25)}));
  CHECK(k.passes(1000, {number(30)}));
  CHECK_FALSE(k.passes(2001, {number(20.25)}));
}

TEST_CASE("differences of integers are exact") {
  key k({"1"});
  CHECK(k.passes(1, {integer(std::numeric_limits<std::int64_t>::max() - 2)}));
  CHECK_FALSE(k.passes(2, {integer(std::numeric_limits<std::int64_t>::max() - 1)}));
  CHECK(k.passes(3, {integer(std::numeric_limits<std::int64_t>::max())}));
  CHECK(k.passes(4, {integer(std::numeric_limits<std::int64_t>::min())}));
}

TEST_CASE("a text has no dead band") {
  key k({"any", "0.5"});
  const std::vector<field_value> values{text("a"), text("b")};
  CHECK(k.rule.wrong_type(values) == 1);
  const std::vector<field_value> good{text("a"), {}};
  CHECK(k.rule.wrong_type(good) == -1);
}

TEST_CASE("a saved memory judges like the one it was saved from") {
  key k({"0.5", "any"}, 10s);
  k.passes(1000, {number(1.5), text("on")});
  std::string bytes;
  k.rule.save(k.m, bytes);
  key again({"0.5", "any"}, 10s);
  REQUIRE(again.rule.restore(again.m, bytes));
  CHECK_FALSE(again.passes(2000, {number(2), text("on")}));
  CHECK(again.passes(11000, {number(2), text("on")}));
  for (std::size_t n = 0; n < bytes.size(); ++n) CHECK_FALSE(again.rule.restore(again.m, bytes.substr(0, n)));
  key other({"0.5"});
  CHECK_FALSE(other.rule.restore(other.m, bytes));
}
