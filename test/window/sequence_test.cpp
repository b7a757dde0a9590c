// Step 4: sequence duplicates, restarts, forgotten gaps.
#include "actors/window/sequence_set.hpp"

#include <algorithm>
#include <random>
#include <set>
#include <vector>

#include "test/support/fault_hooks.hpp"
#include "test/window/window_fixture.hpp"

using namespace sluice;
using namespace sluice::testing;

namespace {

pipeline_plan numbered_plan() {
  auto p = minute_plan();
  p.sequence = true;
  return p;
}

void add(sequence_set& s, std::uint64_t n, std::int64_t time = 0) {
  s.reserve();
  s.insert(n, time, false);
}

} // namespace

TEST_CASE("a number inside a range is a duplicate, whatever the event's time says below the highest") {
  hands h(numbered_plan());
  h.numbered(5000, 1);
  h.numbered(6000, 2);
  h.numbered(6000, 2);
  h.numbered(5000, 1);
  h.numbered(100, 1);
  CHECK(h.counters().duplicate == 3);
  CHECK(h.counters().applied == 2);
}

TEST_CASE("a number that came as a user property counts, though the configuration names no sequence") {
  hands h(minute_plan());
  h.numbered(5000, 1);
  h.numbered(6000, 2);
  h.numbered(6000, 2);
  CHECK(h.counters().duplicate == 1);
  CHECK(h.counters().applied == 2);
}

TEST_CASE("out of order numbers are applied once each") {
  hands h(numbered_plan());
  for (auto n : {5, 3, 4, 1, 2, 3, 5}) h.numbered(1000 * n, static_cast<std::uint64_t>(n));
  CHECK(h.counters().applied == 5);
  CHECK(h.counters().duplicate == 2);
}

TEST_CASE(
    "a number not above the highest with a time above the highest time is a restart: a new set begins") {
  hands h(numbered_plan());
  for (std::uint64_t n = 100; n < 110; ++n) h.numbered(static_cast<std::int64_t>(1000 * n), n);
  h.numbered(200000, 1);
  h.numbered(201000, 2);
  h.numbered(201000, 2);
  CHECK(h.counters().applied == 12);
  CHECK(h.counters().duplicate == 1);
  h.numbered(201000, 105); // above the new highest: new
  CHECK(h.counters().applied == 13);
}

TEST_CASE("with arrival time there is no restart rule") {
  auto p = numbered_plan();
  p.arrival = true;
  hands h(p);
  h.numbered(1000, 5);
  h.numbered(2000, 5);
  CHECK(h.counters().duplicate == 1);
}

TEST_CASE("at most 32 ranges are kept; below the forgotten gaps is dead letter sequence.too_old") {
  hands h(numbered_plan());
  for (std::uint64_t n = 0; n <= 33; ++n)
    h.numbered(0, 10 + 2 * n); // 34 ranges: 10, 12, .., 76; two are forgotten
  CHECK(h.counters().applied == 34);
  h.numbered(0, 11);
  auto dead = h.dead_letters();
  REQUIRE(dead.size() == 1);
  CHECK(dead[0].why == reason::sequence_too_old);
  CHECK(h.counters().dead_lettered == 1);
  h.numbered(0, 13); // the lowest gap still known
  CHECK(h.counters().applied == 35);
  h.numbered(0, 14);
  CHECK(h.counters().duplicate == 1);
}

TEST_CASE("a late, filtered or refused event is in the set, too: its copy is a duplicate") {
  auto p = numbered_plan();
  p.steps = {filter_options{"filter-1", "t < 10"}};
  hands h(p);
  h.numbered(100 * 60000, 10);
  h.numbered(0, 9); // late
  h.numbered(0, 9);
  h.event({"d", 100 * 60000, {{"t", 50.0}}, 8}); // filtered
  h.event({"d", 100 * 60000, {{"t", 50.0}}, 8});
  h.event({"d", 100 * 60000, {{"t", true}}, 7}); // field.type
  h.event({"d", 100 * 60000, {{"t", true}}, 7});
  CHECK(h.counters().duplicate == 3);
  CHECK(h.counters().late == 1);
  CHECK(h.counters().filtered == 1);
  CHECK(h.counters().dead_lettered == 1);
}

TEST_CASE("the set survives a restart") {
  hands h(numbered_plan());
  for (std::uint64_t n = 0; n < 40; n += 2) h.numbered(0, n);
  h.checkpoint();
  h.restart();
  for (std::uint64_t n = 0; n < 40; n += 2) h.numbered(0, n);
  CHECK(h.counters().duplicate == 20);
}

TEST_CASE("with the duplicate check switched off, duplicates are applied (the faulty binary)") {
  hands h(numbered_plan());
  check_duplicates = false;
  h.numbered(0, 1);
  h.numbered(0, 1);
  check_duplicates = true;
  CHECK(h.counters().applied == 2);
}

TEST_CASE("the ranges are those of a plain set of numbers, as long as none is forgotten") {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    sequence_set ranges;
    std::set<std::uint64_t> plain;
    for (int i = 0; i < 60; ++i) {
      const auto n = random() % 60;
      const auto v = ranges.judge(n, 0, false);
      REQUIRE((v == sequence_verdict::duplicate) == plain.contains(n));
      if (v == sequence_verdict::duplicate) continue;
      add(ranges, n);
      plain.insert(n);
    }
    std::size_t numbers = 0;
    for (const auto& r : ranges.ranges()) numbers += r.last - r.first + 1;
    CHECK(numbers == plain.size());
    sequence_set copy;
    CHECK(copy.restore(ranges.ranges(), ranges.forgotten_below(), ranges.highest_time()));
  }
}

TEST_CASE("a number is never called a duplicate unless it was seen, even when gaps are forgotten") {
  std::mt19937 random(11);
  sequence_set ranges;
  std::set<std::uint64_t> plain;
  for (int i = 0; i < 20000; ++i) {
    const auto n = static_cast<std::uint64_t>(i / 4) + random() % 300;
    const auto v = ranges.judge(n, 0, false);
    if (v == sequence_verdict::duplicate) REQUIRE(plain.contains(n));
    if (v == sequence_verdict::fresh) REQUIRE_FALSE(plain.contains(n));
    if (v != sequence_verdict::fresh) continue;
    add(ranges, n);
    plain.insert(n);
    REQUIRE(ranges.ranges().size() <= sequence_set::most_ranges);
  }
  CHECK(ranges.forgotten_below() > 0);
}

TEST_CASE("a stored set that is no set of ranges is refused") {
  using range = sequence_set::range;
  sequence_set s;
  CHECK_FALSE(s.restore(std::vector<range>{{5, 4}}, 0, 0));
  CHECK_FALSE(s.restore(std::vector<range>{{1, 2}, {3, 4}}, 0, 0));
  CHECK_FALSE(s.restore(std::vector<range>{{5, 6}, {1, 2}}, 0, 0));
  CHECK_FALSE(s.restore(std::vector<range>(33), 0, 0));
  CHECK(s.restore(std::vector<range>{{1, 2}, {4, 4}}, 1, 0));
}
