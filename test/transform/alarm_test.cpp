// When an alarm is raised and cleared, one transition each.
#include "actors/transform/alarm.hpp"

#include <doctest/doctest.h>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

constexpr auto no = truth::no, yes = truth::yes, unknown = truth::unknown;

struct key {
  explicit key(std::chrono::milliseconds hold = 0ms) : rule(hold) {}
  // "" nothing, "+N" raised, "-N" cleared, with the number; "older".
  std::string event(std::int64_t time, truth raise, std::optional<truth> clear = {}) {
    const auto v = rule.judge(m, raise, clear, time);
    m = v.after;
    return v.older ? "older" : say(v.change);
  }
  std::string silent() {
    const auto v = alarm_rule::silent(m);
    if (!v) return "";
    m = v->after;
    return say(v->change) + (v->change->cause == std::string("missing") ? " silence" : "");
  }
  static std::string say(const std::optional<alarm_rule::transition>& t) {
    return t ? (t->raised ? "+" : "-") + std::to_string(t->number) : "";
  }
  alarm_rule rule;
  alarm_rule::memory m;
};

} // namespace

TEST_CASE("an alarm is raised when its condition holds and cleared when it does not, each transition once") {
  key k;
  CHECK(k.event(1, no) == "");
  CHECK(k.event(2, yes) == "+1");
  CHECK(k.event(3, yes) == "");
  CHECK(k.event(4, no) == "-2");
  CHECK(k.event(5, no) == "");
  CHECK(k.event(6, yes) == "+3");
}

TEST_CASE("the condition must hold for the whole duration, in event time") {
  key k(30s);
  CHECK(k.event(0, yes) == "");
  CHECK(k.event(29999, yes) == "");
  CHECK(k.event(30000, yes) == "+1");
  CHECK(k.event(31000, no) == "-2");
  CHECK(k.event(40000, yes) == "");
  CHECK(k.event(50000, no) == ""); // a break begins it anew
  CHECK(k.event(60000, yes) == "");
  CHECK(k.event(89000, yes) == "");
  CHECK(k.event(90000, yes) == "+3");
}

TEST_CASE("with clear an alarm does not flutter between the two thresholds") {
  key k;
  CHECK(k.event(1, yes, no) == "+1");
  CHECK(k.event(2, no, no) == "");
  CHECK(k.event(3, yes, no) == "");
  CHECK(k.event(4, no, no) == "");
  CHECK(k.event(5, no, yes) == "-2");
  CHECK(k.event(6, no, no) == "");
}

TEST_CASE("a missing condition begins nothing and ends nothing") {
  key k(10s);
  CHECK(k.event(0, yes) == "");
  CHECK(k.event(5000, unknown) == "");
  CHECK(k.event(10000, unknown) == "");
  CHECK(k.event(10001, yes) == "+1");
  CHECK(k.event(11000, unknown) == "");
  CHECK(k.event(11001, no, unknown) == "");
  CHECK(k.event(12000, no) == "-2");
}

TEST_CASE("an event older than the last judged one changes nothing; one of equal time is judged") {
  key k;
  CHECK(k.event(10, yes) == "+1");
  const auto before = k.m;
  CHECK(k.event(9, no) == "older");
  CHECK(k.m == before);
  CHECK(k.event(10, no) == "-2");
}

TEST_CASE("silence raises an alarm once, and the next event clears it") {
  key k;
  CHECK(k.silent() == ""); // never judged
  CHECK(k.event(1, no) == "");
  CHECK(k.silent() == "+1 silence");
  CHECK(k.silent() == "");
  CHECK(k.event(2, unknown) == "");
  CHECK(k.event(3, no, no) == "-2"); // clear asks for nothing here: it was raised by silence
}

TEST_CASE("an alarm raised by silence goes on for its own reason when its condition holds") {
  key k(30s);
  CHECK(k.event(1, no) == "");
  CHECK(k.silent() == "+1 silence");
  CHECK(k.event(2, yes) == "");
  CHECK(k.event(3, no, no) == "");
  CHECK(k.event(4, no, yes) == "-2");
}

TEST_CASE("silence changes nothing while the alarm is active") {
  key k;
  CHECK(k.event(1, yes) == "+1");
  CHECK(k.silent() == "");
  CHECK(k.event(2, no) == "-2");
}

TEST_CASE("silence begins the duration anew") {
  key k(30s);
  CHECK(k.event(0, yes) == "");
  CHECK(k.silent() == "+1 silence");
  CHECK(k.event(29000, no) == "-2");
  CHECK(k.event(30000, yes) == "");
  CHECK(k.event(60000, yes) == "+3");
}

TEST_CASE("forgetting a key clears an active alarm and no other one") {
  key k;
  CHECK_FALSE(alarm_rule::forgotten(k.m));
  CHECK(k.event(1, yes) == "+1");
  const auto v = alarm_rule::forgotten(k.m);
  REQUIRE(v);
  CHECK(key::say(v->change) == "-2");
  CHECK(v->change->cause == std::string("forgotten"));
  CHECK_FALSE(v->after.active);
  CHECK_FALSE(alarm_rule::forgotten(v->after));
  CHECK(k.event(2, no) == "-2");
  CHECK_FALSE(alarm_rule::forgotten(k.m));
}

TEST_CASE("a saved memory is the same one, and damaged bytes are refused") {
  key k(30s);
  for (const auto raise : {yes, no, yes, yes}) {
    k.event(k.m.judged_ms + 15000, raise);
    std::string bytes;
    alarm_rule::save(k.m, bytes);
    CHECK(bytes.size() == 25);
    alarm_rule::memory again;
    REQUIRE(alarm_rule::restore(again, bytes));
    CHECK(again == k.m);
    for (std::size_t n = 0; n < bytes.size(); ++n)
      CHECK_FALSE(alarm_rule::restore(again, bytes.substr(0, n)));
    bytes[0] = '\x7f';
    CHECK_FALSE(alarm_rule::restore(again, bytes));
  }
}
