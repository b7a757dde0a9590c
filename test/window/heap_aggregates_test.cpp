// Quantiles, distinct counts, delta, rate and twm inside a window: written, merged, saved, read back,
// refused.
#include <algorithm>
#include <cmath>
#include <random>

#include <doctest/doctest.h>

#include "test/window/aggregate_fixture.hpp"

using namespace sluice;
using namespace sluice::testing;

namespace {

const std::vector<aggregate_spec> all_of_x{
    {"x", aggregate_kind::quantile, "p50", 0.5}, {"x", aggregate_kind::distinct, "distinct"},
    {"x", aggregate_kind::delta, "delta"},       {"x", aggregate_kind::quantile, "p99_9", 0.999},
    {"x", aggregate_kind::rate, "rate"},         {"x", aggregate_kind::twm, "twm"},
    {"x", aggregate_kind::count, "count"},       {"x", aggregate_kind::last, "last"}};

event_facts at(std::int64_t time, std::uint64_t sequence) {
  event_facts f;
  f.time_ms = time, f.sequence = sequence;
  return f;
}

struct one {
  double x;
  event_facts facts;
};

std::vector<one> random_events(std::mt19937_64& random, std::size_t n) {
  std::vector<one> all;
  for (std::size_t i = 0; i < n; ++i)
    all.push_back({std::round(std::normal_distribution<>(20, 8)(random) * 100) / 100,
                   at(static_cast<std::int64_t>(random() % 60000), i)});
  return all;
}

std::string saved(const window_of& w) {
  std::string out;
  w.stats.save(out, w.words.data());
  return out;
}

} // namespace

TEST_CASE("outputs that need the same values share them, and stand in the order of the file") {
  window_of w(all_of_x);
  CHECK(w.stats.words() == 1 + 3 + 4); // count; three pointers; last
  for (const double x : {1.0, 2.0, 4.0})
    w.add({slot::of(x), value_type::number, {}}, at(10000 * static_cast<std::int64_t>(x), 1));
  CHECK(w.json() ==
        R"({"p50":2,"distinct":3,"delta":3,"p99_9":3.996,"rate":0.1,"twm":2.6,"count":3,"last":4})");
}

TEST_CASE("an aggregate that one value does not define is absent") {
  window_of w(all_of_x);
  CHECK(w.json() == "{}");
  w.add({slot::of(std::int64_t{7}), value_type::integer, {}}, at(5, 1));
  CHECK(w.json() == R"({"p50":7,"distinct":1,"p99_9":7,"twm":7,"count":1,"last":7})");
}

TEST_CASE("texts are counted as distinct values; quantiles, delta, rate and twm refuse them") {
  const event_value text{slot{}, value_type::text, "a"}, other{slot{}, value_type::text, "b"};
  window_of d({aggregate_kind::distinct, aggregate_kind::count});
  for (const auto& v : {text, other, text}) CHECK(d.add(v));
  CHECK(d.json() == R"({"distinct":2,"count":3})");
  for (const auto kind :
       {aggregate_kind::quantile, aggregate_kind::delta, aggregate_kind::rate, aggregate_kind::twm}) {
    window_of n({kind});
    CHECK_FALSE(n.add(text));
    CHECK(n.json() == "{}");
  }
}

TEST_CASE("windows of large statistics merge, save and read back to the bytes of one pass in any order") {
  std::mt19937_64 random(1);
  for (const std::size_t n : {1, 50, 300, 1500, 5000}) {
    auto events = random_events(random, n);
    window_of whole(all_of_x);
    for (const auto& e : events) whole.add({slot::of(e.x), value_type::number, {}}, e.facts);
    std::shuffle(events.begin(), events.end(), random);
    window_of total(all_of_x);
    for (std::size_t from = 0; from < events.size();) {
      window_of pane(all_of_x);
      for (auto i = 1 + random() % n; i > 0 && from < events.size(); --i, ++from)
        pane.add({slot::of(events[from].x), value_type::number, {}}, events[from].facts);
      // A restart in between.
      const auto bytes = saved(pane);
      window_of back(all_of_x);
      std::string_view in = bytes;
      REQUIRE(back.stats.restore(back.words.data(), in));
      CHECK(in.empty());
      CHECK(saved(back) == bytes);
      total.stats.merge(total.words.data(), back.words.data());
      CHECK(saved(back) == bytes);
    }
    CHECK(total.json() == whole.json());
    CHECK(saved(total) == saved(whole));
  }
}

TEST_CASE("damaged bytes of large statistics are refused and leave nothing behind") {
  std::mt19937_64 random(2);
  for (const std::size_t n : {3, 2000}) {
    window_of w(all_of_x);
    for (const auto& e : random_events(random, n)) w.add({slot::of(e.x), value_type::number, {}}, e.facts);
    const auto bytes = saved(w);
    window_of other(all_of_x);
    for (std::size_t cut = 0; cut < bytes.size(); cut += 1 + cut / 9) {
      std::string_view torn(bytes.data(), cut);
      const bool whole = other.stats.restore(other.words.data(), torn);
      CHECK_FALSE(whole);
      other.stats.release(other.words.data());
    }
    for (int round = 0; round < 500; ++round) {
      auto damaged = bytes;
      damaged[random() % damaged.size()] ^= static_cast<char>(1 + random() % 255);
      std::string_view in = damaged;
      if (other.stats.restore(other.words.data(), in)) (void)other.json();
      other.stats.release(other.words.data());
    }
  }
}

TEST_CASE("a window of an event that was prepared and not added takes the next one") {
  window_of w(all_of_x);
  const event_value v{slot::of(1.0), value_type::number, {}};
  const std::span<const event_value> values(&v, 1);
  w.stats.prepare(w.words.data(), values, at(1, 1));
  w.stats.prepare(nullptr, values, at(1, 1));
  CHECK(w.json() == "{}");
  w.add(v, at(2, 2));
  CHECK(w.json() == R"({"p50":1,"distinct":1,"p99_9":1,"twm":1,"count":1,"last":1})");
}

TEST_CASE("a percentile has one word, _ for the point") {
  for (const auto& [q, word] : {std::pair{0.5, "p50"},
                                {0.05, "p5"},
                                {0.95, "p95"},
                                {0.999, "p99_9"},
                                {0.001, "p0_1"},
                                {0.975, "p97_5"},
                                {0.99999, "p99_999"},
                                {0.0125, "p1_25"}})
    CHECK(aggregate_word({"x", aggregate_kind::quantile, "y", q}) == word);
}
