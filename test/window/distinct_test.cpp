// Distinct count: exact while the values are few, within the stated error above, order independent.
#include <algorithm>
#include <cmath>
#include <random>

#include <doctest/doctest.h>

#include "actors/window/distinct_values.hpp"

using namespace sluice;

namespace {

void add(distinct_values& d, const event_value& v) {
  d.make_room();
  d.add(v, {});
}
void add(distinct_values& d, double x) {
  add(d, event_value{slot::of(x), value_type::number, {}});
}
void add(distinct_values& d, std::int64_t i) {
  add(d, event_value{slot::of(i), value_type::integer, {}});
}
void add(distinct_values& d, std::string_view text) {
  add(d, event_value{slot{}, value_type::text, text});
}

std::string bytes_of(const distinct_values& d) {
  std::string out;
  d.save(out);
  return out;
}

} // namespace

TEST_CASE("up to 1024 different values are counted exactly, however often each comes") {
  distinct_values d;
  for (int round = 0; round < 3; ++round)
    for (int i = 0; i < 1024; ++i) add(d, "device-" + std::to_string(i));
  CHECK(d.count() == 1024);
  CHECK(bytes_of(d).size() == 1 + 8 * 1024);
}

TEST_CASE("equal numbers are one value whatever their type; true, 1 and \"1\" are three") {
  distinct_values d;
  add(d, 1.0), add(d, std::int64_t{1}), add(d, 0.0), add(d, -0.0), add(d, std::int64_t{0});
  CHECK(d.count() == 2);
  add(d, "1"), add(d, event_value{slot::of(true), value_type::boolean, {}});
  CHECK(d.count() == 4);
  add(d, event_value{slot::of(false), value_type::boolean, {}}), add(d, ""), add(d, 1.5), add(d, 1e300);
  CHECK(d.count() == 8);
  add(d, std::int64_t{9007199254740993}), add(d, 9007199254740992.0);
  CHECK(d.count() == 10);
}

TEST_CASE("above 1024 different values the count is within four standard errors of 0.8 %") {
  std::mt19937_64 random(1);
  double squares = 0;
  int counts = 0;
  for (const std::int64_t n : {1025, 1500, 5000, 20000, 40000, 100000, 400000})
    for (int round = 0; round < 4; ++round) {
      distinct_values d;
      const auto base = static_cast<std::int64_t>(random() >> 2);
      for (std::int64_t i = 0; i < n; ++i)
        if (round % 2)
          add(d, base + i);
        else
          add(d, std::to_string(base + i));
      CAPTURE(n);
      const auto error = (static_cast<double>(d.count()) - static_cast<double>(n)) / static_cast<double>(n);
      CHECK(std::abs(error) <= 4 * 0.0081);
      squares += error * error;
      ++counts;
      CHECK(bytes_of(d).size() == 1 + distinct_values::registers);
    }
  CHECK(std::sqrt(squares / counts) <= 0.0081);
}

TEST_CASE("neither the order of values nor the grouping of panes shows in the bytes of a distinct count") {
  std::mt19937_64 random(2);
  for (const std::int64_t n : {3, 1024, 1025, 6000}) {
    std::vector<std::int64_t> values;
    for (std::int64_t i = 0; i < n; ++i) values.push_back(i), values.push_back(i / 2);
    distinct_values whole;
    for (const auto v : values) add(whole, v);
    for (int round = 0; round < 4; ++round) {
      std::shuffle(values.begin(), values.end(), random);
      std::vector<distinct_values> panes(1 + random() % 9);
      for (const auto v : values) add(panes[random() % panes.size()], v);
      while (panes.size() > 1) {
        panes[random() % (panes.size() - 1)].merge(panes.back());
        panes.pop_back();
      }
      CHECK(bytes_of(panes[0]) == bytes_of(whole));
    }
  }
}

TEST_CASE("a distinct count reads back what it saved; other bytes are refused") {
  std::mt19937_64 random(3);
  for (const std::int64_t n : {1, 1000, 3000}) {
    distinct_values d;
    for (std::int64_t i = 0; i < n; ++i) add(d, i);
    const auto bytes = bytes_of(d);
    distinct_values back;
    REQUIRE(back.restore(bytes));
    CHECK(bytes_of(back) == bytes);
    add(back, std::int64_t{-1}), add(d, std::int64_t{-1});
    CHECK(back.count() == d.count());
    CHECK_FALSE(distinct_values().restore(std::string_view(bytes).substr(0, bytes.size() - 1)));
    CHECK_FALSE(distinct_values().restore(bytes + "x"));
    for (int round = 0; round < 2000; ++round) {
      auto damaged = bytes;
      damaged[random() % damaged.size()] = static_cast<char>(random());
      distinct_values junk;
      if (junk.restore(damaged)) (void)junk.count();
    }
  }
  CHECK_FALSE(distinct_values().restore(""));
  CHECK_FALSE(distinct_values().restore(std::string(1, '\0')));
}
