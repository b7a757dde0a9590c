// Which events are equal, how far apart, and what is remembered of them.
#include "actors/transform/deduplicate.hpp"

#include <cstdint>
#include <deque>
#include <limits>
#include <random>

#include <doctest/doctest.h>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

fingerprint of(std::initializer_list<field_value> values) {
  fingerprinter f;
  f.begin();
  for (const auto& v : values) f.add(v);
  return f.end();
}
field_value text(std::string_view t) {
  return {value_type::text, {}, t};
}
field_value integer(std::int64_t i) {
  return {value_type::integer, slot::of(i), {}};
}
field_value number(double d) {
  return {value_type::number, slot::of(d), {}};
}

// One key.
struct key {
  deduplicate_rule rule;
  deduplicate_rule::memory m;
  unsigned forgotten = 0;

  bool passes(const fingerprint& print, std::int64_t time) {
    if (rule.is_duplicate(m, print, time)) return false;
    rule.reserve(m);
    forgotten += rule.forgets(m, time);
    rule.remember(m, print, time);
    return true;
  }
  void reload() {
    std::string bytes;
    rule.save(m, bytes);
    m = {};
    REQUIRE(rule.restore(m, bytes));
  }
};

} // namespace

TEST_CASE("equal values have equal fingerprints, and different ones different ones") {
  CHECK(of({integer(1)}) == of({number(1.0)}));
  CHECK(of({integer(0)}) == of({number(-0.0)}));
  CHECK(of({{}}) == of({{}}));
  CHECK(of({integer(1)}) != of({number(1.5)}));
  CHECK(of({integer(1)}) != of({text("1")}));
  CHECK(of({integer(1)}) != of({{value_type::boolean, slot::of(true), {}}}));
  CHECK(of({{}}) != of({text("")}));
  CHECK(of({text("ab"), text("c")}) != of({text("a"), text("bc")}));
  CHECK(of({text("a"), {}}) != of({{}, text("a")}));
  CHECK(of({integer(9007199254740993)}) != of({number(9007199254740992.0)}));
}

TEST_CASE("an equal event is dropped as long as its time is at most within away from one let through") {
  key k{{5min, 100}, {}};
  const auto a = of({integer(1)}), b = of({integer(2)});
  CHECK(k.passes(a, 1000));
  CHECK_FALSE(k.passes(a, 1000));
  CHECK(k.passes(b, 1000));
  CHECK_FALSE(k.passes(a, 1000 + 300000));
  CHECK(k.passes(a, 1000 + 300001));
  CHECK_FALSE(k.passes(a, 1000 + 300000)); // of the newer one, before it
  CHECK_FALSE(k.passes(a, 1000 - 300000));
  CHECK(k.passes(a, 1000 - 300001)); // behind what is remembered: let through, not remembered
  CHECK(k.passes(a, 1000 - 300001));
}

TEST_CASE("an event out of order by at most within is judged exactly") {
  key k{{1min, 1000}, {}};
  const auto a = of({integer(1)});
  CHECK(k.passes(a, 600000));
  CHECK(k.passes(of({integer(2)}), 660000));
  CHECK_FALSE(k.passes(a, 600000));
  CHECK(k.passes(of({integer(3)}), 720000)); // 2 x within after it: still remembered
  CHECK_FALSE(k.passes(a, 600000));
  CHECK(k.passes(of({integer(4)}), 720001));
  CHECK(k.passes(a, 600000)); // forgotten
}

TEST_CASE("beyond the limit the oldest is forgotten and counted") {
  key k{{1h, 3}, {}};
  for (std::int64_t i = 0; i < 3; ++i) CHECK(k.passes(of({integer(i)}), 1000 * i));
  CHECK(k.forgotten == 0);
  CHECK(k.passes(of({integer(3)}), 500)); // the one of time 0 goes
  CHECK(k.forgotten == 1);
  CHECK(k.m.passed.size() == 3);
  CHECK(k.passes(of({integer(0)}), 0));
  CHECK_FALSE(k.passes(of({integer(1)}), 1000));
}

TEST_CASE("what lies behind what is remembered makes room and is not counted as forgotten") {
  key k{{1s, 3}, {}};
  for (std::int64_t i = 0; i < 100; ++i) CHECK(k.passes(of({integer(i)}), 5000 * i));
  CHECK(k.forgotten == 0);
  CHECK(k.m.passed.size() <= 3);
}

TEST_CASE("a saved memory judges like the one it was saved from, at random places, against a list of all") {
  std::mt19937_64 random(7);
  for (int round = 0; round < 20; ++round) {
    const auto within = 1 + static_cast<std::int64_t>(random() % 50);
    key k{{std::chrono::milliseconds(within), 10000}, {}};
    std::deque<deduplicate_rule::entry> all;
    std::int64_t newest = 0, now = 0;
    for (int i = 0; i < 500; ++i) {
      now += static_cast<std::int64_t>(random() % 10);
      const auto time = now - static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(3 * within));
      const auto print = of({integer(static_cast<std::int64_t>(random() % 5))});
      bool duplicate = false;
      for (const auto& e : all)
        duplicate = duplicate || (e.print == print && std::abs(e.time_ms - time) <= within &&
                                  e.time_ms >= newest - 2 * within);
      if (!duplicate) {
        if (all.empty()) newest = time;
        if (time >= newest - 2 * within) all.push_back({print, time});
        newest = std::max(newest, time);
      }
      CHECK(k.passes(print, time) == !duplicate);
      if (random() % 50 == 0) k.reload();
    }
  }
}

TEST_CASE("times at the ends of the range do not overflow") {
  key k{{24h * 366, 10}, {}};
  const auto a = of({integer(1)});
  for (const auto t : {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max(),
                       std::int64_t{0}, std::numeric_limits<std::int64_t>::min()})
    k.passes(a, t);
  CHECK_FALSE(k.passes(a, std::numeric_limits<std::int64_t>::max()));
}

TEST_CASE("damaged bytes of a memory are refused") {
  key k{{1min, 10}, {}};
  k.passes(of({integer(1)}), 1);
  k.passes(of({integer(2)}), 2);
  std::string bytes;
  k.rule.save(k.m, bytes);
  CHECK(bytes.size() == 4 + 8 + 2 * 24);
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    deduplicate_rule::memory m;
    CHECK_FALSE(k.rule.restore(m, std::string_view(bytes).substr(0, n)));
  }
  deduplicate_rule::memory m;
  CHECK_FALSE(k.rule.restore(m, bytes + "x"));
}
