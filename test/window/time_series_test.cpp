// delta and rate of counters, the time-weighted mean: by event time, whatever the order of arrival.
#include <algorithm>
#include <cmath>
#include <random>

#include <doctest/doctest.h>

#include "actors/window/time_series.hpp"

using namespace sluice;

namespace {

struct at {
  std::int64_t time;
  double value;
};

event_facts facts(std::int64_t time, std::uint64_t sequence) {
  event_facts f;
  f.time_ms = time, f.sequence = sequence;
  return f;
}
void add(time_series& s, std::int64_t time, double x, std::uint64_t sequence = 0) {
  s.make_room();
  s.add({slot::of(x), value_type::number, {}}, facts(time, sequence));
}
void add(time_series& s, std::int64_t time, std::int64_t i, std::uint64_t sequence = 0) {
  s.make_room();
  s.add({slot::of(i), value_type::integer, {}}, facts(time, sequence));
}
time_series of(const std::vector<at>& values) {
  time_series s;
  for (const auto& v : values) add(s, v.time, v.value);
  return s;
}
std::string bytes_of(const time_series& s) {
  std::string out;
  s.save(out);
  return out;
}

} // namespace

TEST_CASE("delta is how much a counter rose; a value below its predecessor began again at zero") {
  CHECK(of({{0, 10}, {10, 15}, {20, 40}}).delta()->number == 30);
  CHECK(of({{0, 10}, {10, 15}, {20, 3}, {30, 5}}).delta()->number == 10); // 5, 3 after the reset, 2
  CHECK(of({{0, 10}, {10, 0}}).delta()->number == 0);
  CHECK(of({{0, 10}, {10, 10}}).delta()->number == 0);
  CHECK_FALSE(of({{0, 10}}).delta());
}

TEST_CASE("delta and rate go by event time, not by arrival") {
  CHECK(of({{20, 40}, {0, 10}, {10, 15}}).delta()->number == 30);
  CHECK(of({{2000, 40}, {0, 10}, {1000, 15}}).rate() == 15.0);
}

TEST_CASE("at equal times the journal sequence decides") {
  time_series s;
  add(s, 10, 7.0, 2), add(s, 10, 5.0, 1), add(s, 0, 1.0, 3);
  CHECK(s.delta()->number == 6);
}

TEST_CASE("delta of integers is exact beyond 2^53, and a double where int64 does not hold it") {
  time_series s;
  add(s, 0, std::int64_t{9007199254740993}), add(s, 1, std::int64_t{9007199254740996});
  CHECK(s.delta()->whole);
  CHECK(s.delta()->integer == 3);
  time_series wide;
  add(wide, 0, std::int64_t{-9000000000000000000}), add(wide, 1, std::int64_t{9000000000000000000});
  CHECK_FALSE(wide.delta()->whole);
  CHECK(wide.delta()->number == 1.8e19);
}

TEST_CASE("rate is delta per second between the first and the last value; absent within one millisecond") {
  CHECK(of({{0, 10}, {500, 20}}).rate() == 20.0);
  CHECK(of({{1000, 5}, {61000, 1}, {121000, 7}}).rate() == 7.0 / 120);
  CHECK_FALSE(of({{0, 10}}).rate());
  time_series s;
  add(s, 10, 1.0, 1), add(s, 10, 2.0, 2);
  CHECK_FALSE(s.rate());
}

TEST_CASE("twm weighs each value by the time until the next, the last one until the window ends") {
  CHECK(of({{0, 1}, {10000, 0}}).time_weighted_mean(60000) == doctest::Approx(10.0 / 60));
  CHECK(of({{30000, 4}}).time_weighted_mean(60000) == 4);
  CHECK(of({{20000, 1}, {40000, 3}}).time_weighted_mean(60000) == 2); // from the first value on
  CHECK(of({{59999, 7}, {40000, 3}}).time_weighted_mean(60000) == doctest::Approx((19999 * 3.0 + 7) / 20000));
  CHECK(of({{60000, 7}}).time_weighted_mean(60000) == 7);
  CHECK(of({{0, 1e308}, {1, 1.5e308}}).time_weighted_mean(2) == doctest::Approx(1.25e308));
}

TEST_CASE("neither the order of arrival nor the grouping of panes shows in the bytes of a series") {
  std::mt19937_64 random(1);
  for (const int n : {2, 100, 1024, 1025, 3000, 20000}) {
    struct one {
      std::int64_t time;
      std::uint64_t sequence;
      double value;
    };
    std::vector<one> values;
    for (int i = 0; i < n; ++i)
      values.push_back({static_cast<std::int64_t>(random() % 3600000) - 1000000,
                        static_cast<std::uint64_t>(i), std::uniform_real_distribution<>(0, 100)(random)});
    time_series whole;
    for (const auto& v : values) add(whole, v.time, v.value, v.sequence);
    for (int round = 0; round < 3; ++round) {
      std::shuffle(values.begin(), values.end(), random);
      std::vector<time_series> panes(1 + random() % 9);
      for (const auto& v : values)
        // Panes by time, as hopping windows have them, and dealt out at random.
        add(panes[(round == 0 ? static_cast<std::uint64_t>(v.time + 1000000) / 400001 : random()) %
                  panes.size()],
            v.time, v.value, v.sequence);
      while (panes.size() > 1) {
        panes[random() % (panes.size() - 1)].merge(panes.back());
        panes.pop_back();
      }
      CHECK(bytes_of(panes[0]) == bytes_of(whole));
      CHECK(panes[0].delta()->number == whole.delta()->number);
    }
  }
}

TEST_CASE("above 1024 values the last one of each cell is kept, and the first of all") {
  time_series counter, late; // one value a second for an hour: cells of 4096 ms
  for (int i = 0; i < 3600; ++i) add(counter, 1000 * i, 5.0 * i);
  CHECK(counter.delta()->number == 5.0 * 3599);
  CHECK(*counter.rate() == doctest::Approx(5.0));
  CHECK(bytes_of(counter).size() <= 1 + 32 * (1 + time_series::most_values));
  // A reset is seen; the mean of a slow curve is close.
  time_series reset;
  for (int i = 0; i < 3600; ++i) add(reset, 1000 * i, 5.0 * (i % 1800));
  CHECK(reset.delta()->number == doctest::Approx(5.0 * 3598).epsilon(0.002));
  time_series curve;
  double mean = 0;
  for (int i = 0; i < 3600; ++i) {
    const double x = 20 + 5 * std::sin(i / 600.0);
    add(curve, 1000 * i, x);
    mean += x / 3600;
  }
  CHECK(curve.time_weighted_mean(3600000) == doctest::Approx(mean).epsilon(0.001));
}

TEST_CASE("a series reads back what it saved; other bytes are refused") {
  std::mt19937_64 random(2);
  for (const int n : {1, 900, 5000}) {
    time_series s;
    for (int i = 0; i < n; ++i)
      add(s, static_cast<std::int64_t>(random() % 1000000), 1.0 * i, random() % 100 + i);
    const auto bytes = bytes_of(s);
    time_series back;
    REQUIRE(back.restore(bytes));
    CHECK(bytes_of(back) == bytes);
    add(back, 77, 3.0, 1u << 30), add(s, 77, 3.0, 1u << 30);
    CHECK(bytes_of(back) == bytes_of(s));
    CHECK_FALSE(time_series().restore(std::string_view(bytes).substr(0, bytes.size() - 1)));
    for (int round = 0; round < 2000; ++round) {
      auto damaged = bytes;
      damaged[random() % damaged.size()] = static_cast<char>(random());
      time_series junk;
      if (junk.restore(damaged)) (void)junk.delta(), (void)junk.rate(), (void)junk.time_weighted_mean(60000);
    }
  }
  CHECK_FALSE(time_series().restore(""));
  CHECK_FALSE(time_series().restore(std::string(33, '\0')));
}
