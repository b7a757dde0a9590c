// Merging windows equals one window that took all events, however they were grouped.
#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <random>

#include <doctest/doctest.h>

#include "test/window/aggregate_fixture.hpp"

using namespace sluice;
using namespace sluice::testing;

namespace {

struct event {
  event_value value;
  event_facts facts;
};

enum class content { doubles, integers, numbers, anything };

// Events with few different times, so that first and last are decided by sequence and index too.
std::vector<event> random_events(std::mt19937_64& random, content what, std::deque<std::string>& texts) {
  std::vector<event> all;
  const auto below = [&](std::uint64_t n) { return random() % n; };
  const auto offset = std::array{0.0, 20.0, -1e9}[below(3)];
  for (auto n = below(300); n > 0; --n) {
    event e;
    e.facts = {"d",           static_cast<std::int64_t>(below(20)),
               below(50),     static_cast<std::uint32_t>(below(1000)),
               random() >> 1, true};
    const auto kind = what == content::doubles    ? 0
                      : what == content::integers ? 1
                      : what == content::numbers  ? below(2)
                                                  : below(5);
    switch (kind) {
    case 0:
      e.value = {slot::of(offset + std::uniform_real_distribution<>(-5, 5)(random)), value_type::number, {}};
      break;
    case 1:
      e.value = {slot::of(static_cast<std::int64_t>(random()) >> below(64)), value_type::integer, {}};
      break;
    case 2:
      e.value = {slot{}, value_type::text, texts.emplace_back(below(40), 'a' + static_cast<char>(below(26)))};
      break;
    case 3:
      e.value = {slot::of(below(2) == 1), value_type::boolean, {}};
      break;
    default:
      break; // missing
    }
    all.push_back(e);
  }
  return all;
}

// Deals the events to panes and merges these in random order and grouping; returns the words left.
std::vector<std::uint64_t> merge_of_panes(aggregates& stats, const std::vector<event>& events,
                                          std::mt19937_64& random) {
  std::vector<std::vector<std::uint64_t>> panes(1 + random() % 12, std::vector<std::uint64_t>(stats.words()));
  for (const auto& e : events) {
    auto& pane = panes[random() % panes.size()];
    const std::span<const event_value> values(&e.value, stats.fields().size());
    stats.prepare(pane.data(), values, e.facts);
    stats.add(pane.data(), values, e.facts);
  }
  while (panes.size() > 1) {
    std::shuffle(panes.begin(), panes.end(), random);
    const auto from = panes.back();
    stats.merge(panes[0].data(), from.data());
    CHECK(from == panes.back()); // untouched
    stats.release(panes.back().data());
    panes.pop_back();
  }
  return panes[0];
}

std::string json_of(aggregates& stats, std::vector<std::uint64_t>& words) {
  text_buffer out;
  stats.append_values(out, words.data(), 60000);
  stats.release(words.data());
  return std::string(out.view());
}

double number_in(const std::string& json, const std::string& name) {
  const auto at = json.find("\"" + name + "\":");
  return at == json.npos ? NAN : std::strtod(json.c_str() + at + name.size() + 3, nullptr);
}

} // namespace

TEST_CASE("merging panes equals one pass exactly for counts, extremes, first, last and set_hash") {
  std::mt19937_64 random(11);
  for (const auto what : {content::doubles, content::integers, content::numbers, content::anything})
    for (int round = 0; round < 60; ++round) {
      std::deque<std::string> texts;
      const auto events = random_events(random, what, texts);
      kinds wanted{aggregate_kind::count, aggregate_kind::first, aggregate_kind::last};
      if (what != content::anything) wanted.insert(wanted.end(), {aggregate_kind::min, aggregate_kind::max});
      window_of whole(wanted);
      for (const auto& e : events) REQUIRE(whole.add(e.value, e.facts));
      auto merged = merge_of_panes(whole.stats, events, random);
      CHECK(json_of(whole.stats, merged) == whole.json());

      window_of star({aggregate_kind::count, aggregate_kind::set_hash}, true);
      for (const auto& e : events) star.add(e.value, e.facts);
      auto merged_star = merge_of_panes(star.stats, events, random);
      CHECK(json_of(star.stats, merged_star) == star.json());
    }
}

TEST_CASE("merging panes equals one pass to 1e-9 for mean, variances and sum, whatever the grouping") {
  std::mt19937_64 random(12);
  for (const auto what : {content::doubles, content::integers, content::numbers})
    for (int round = 0; round < 60; ++round) {
      std::deque<std::string> texts;
      const auto events = random_events(random, what, texts);
      if (events.empty()) continue;
      window_of whole({aggregate_kind::mean, aggregate_kind::sum, aggregate_kind::var_pop,
                       aggregate_kind::stddev_samp, aggregate_kind::count});
      long double sum = 0, squares = 0, largest = 0;
      for (const auto& e : events) {
        REQUIRE(whole.add(e.value, e.facts));
        const auto& v = e.value;
        const auto x = v.type == value_type::integer ? static_cast<long double>(v.value.integer())
                                                     : static_cast<long double>(v.value.number());
        sum += x;
        largest = std::max(largest, std::abs(x));
      }
      const auto n = static_cast<long double>(events.size());
      for (const auto& e : events) {
        const auto& v = e.value;
        const auto d = (v.type == value_type::integer ? static_cast<long double>(v.value.integer())
                                                      : static_cast<long double>(v.value.number())) -
                       sum / n;
        squares += d * d;
      }
      auto merged = merge_of_panes(whole.stats, events, random);
      const auto json = json_of(whole.stats, merged);
      CAPTURE(json);
      CAPTURE(whole.json());
      const auto near = [](double got, long double want, long double size) {
        return std::abs(got - want) <= 1e-9L * std::abs(want) + 1e-15L * size;
      };
      CHECK(near(number_in(json, "mean"), sum / n, largest));
      CHECK(near(number_in(json, "sum"), sum, n * largest));
      CHECK(near(number_in(json, "var_pop"), squares / n, 0));
      if (events.size() > 1) CHECK(near(number_in(json, "stddev_samp"), std::sqrt(squares / (n - 1)), 0));
      CHECK(number_in(json, "count") == static_cast<double>(events.size()));
    }
}

TEST_CASE("merging many panes keeps the variance of small differences on a large mean") {
  std::mt19937_64 random(13);
  for (const double offset : {1e9, 1e12, -101325.0}) {
    window_of one({aggregate_kind::mean, aggregate_kind::var_pop});
    std::vector<std::uint64_t> total(one.stats.words());
    for (int pane = 0; pane < 1440; ++pane) {
      window_of part({aggregate_kind::mean, aggregate_kind::var_pop});
      for (int i = 0; i < 7; ++i) {
        const auto x = offset + std::uniform_real_distribution<>(-5, 5)(random);
        part.add(x), one.add(x);
      }
      one.stats.merge(total.data(), part.words.data());
    }
    const auto json = json_of(one.stats, total);
    CHECK(number_in(json, "var_pop") == doctest::Approx(one.number("var_pop")).epsilon(1e-9));
    CHECK(number_in(json, "mean") == doctest::Approx(one.number("mean")).epsilon(1e-12));
  }
}

TEST_CASE("an empty window merged changes nothing, and merged into an empty window is copied") {
  window_of w({aggregate_kind::min, aggregate_kind::mean, aggregate_kind::last, aggregate_kind::count});
  w.add(std::int64_t{9007199254740993});
  w.add(2.5);
  const auto before = w.json();
  std::vector<std::uint64_t> copy(w.stats.words());
  w.stats.merge(copy.data(), w.words.data());
  const std::vector<std::uint64_t> empty(w.stats.words());
  w.stats.merge(w.words.data(), empty.data());
  CHECK(w.json() == before);
  CHECK(copy == w.words);
  CHECK(json_of(w.stats, copy) == before);
}
