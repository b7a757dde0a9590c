// Quantiles: exact while the values are few, within the stated error above, whatever the order and grouping.
#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <random>
#include <string>

#include <doctest/doctest.h>

#include "actors/window/quantile_bins.hpp"
#include "actors/window/quantile_sketch.hpp"

using namespace sluice;

namespace {

void add(quantile_sketch& s, double x) {
  s.make_room();
  s.add({slot::of(x), value_type::number, {}}, {});
}

quantile_sketch of(const std::vector<double>& values) {
  quantile_sketch s;
  for (const double x : values) add(s, x);
  return s;
}

std::string bytes_of(const quantile_sketch& s) {
  std::string out;
  s.save(out);
  return out;
}

// The values at the two ranks that the quantile lies between.
std::array<double, 2> neighbours(std::vector<double> sorted, double q) {
  std::sort(sorted.begin(), sorted.end());
  const auto rank = q * static_cast<double>(sorted.size() - 1);
  const auto at = [&](double r) { return sorted[static_cast<std::size_t>(r)]; };
  return {at(std::floor(rank - 1e-9 < 0 ? 0 : rank - 1e-9)), at(std::ceil(rank - 1e-9))};
}

using distribution = std::function<double(std::mt19937_64&)>;

const std::pair<std::string, distribution> distributions[] = {
    {"uniform", [](auto& r) { return std::uniform_real_distribution<>(0, 1000)(r); }},
    {"normal around 20, some negative", [](auto& r) { return std::normal_distribution<>(20, 8)(r); }},
    {"normal around 0", [](auto& r) { return std::normal_distribution<>(0, 1)(r); }},
    {"lognormal, heavy tail", [](auto& r) { return std::lognormal_distribution<>(0, 2)(r); }},
    {"Pareto, very heavy tail",
     [](auto& r) { return std::pow(std::uniform_real_distribution<>(1e-12, 1)(r), -2.0); }},
    {"constant", [](auto&) { return 21.537; }},
    {"two values", [](auto& r) { return r() % 2 ? -3.25 : 1e6; }},
    {"negative, heavy tail", [](auto& r) { return -std::lognormal_distribution<>(3, 3)(r); }},
};

constexpr double quantiles[] = {0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999};

} // namespace

TEST_CASE("quantiles of up to 256 values are exact, between two ranks along the line") {
  std::mt19937_64 random(1);
  for (const auto& [name, draw] : distributions)
    for (const std::size_t n : {1, 2, 3, 10, 101, 255, 256}) {
      std::vector<double> values;
      for (std::size_t i = 0; i < n; ++i) values.push_back(draw(random));
      const auto s = of(values);
      CHECK(s.relative_error() == 0);
      std::sort(values.begin(), values.end());
      for (const double q : quantiles) {
        CAPTURE(name);
        const auto rank = static_cast<long double>(q) * static_cast<long double>(n - 1);
        const auto below = static_cast<std::size_t>(rank);
        const auto above = std::min(below + 1, n - 1);
        const auto want =
            values[below] + (rank - below) * (values[above] - static_cast<long double>(values[below]));
        const auto size = std::max(std::abs(values[below]), std::abs(values[above]));
        CHECK(std::abs(s.quantile(q) - want) <= 1e-12L * size);
      }
    }
  const auto s = of({4, 1, 3, 2});
  CHECK(s.quantile(0.5) == 2.5);
  CHECK(s.quantile(0) == 1);
  CHECK(s.quantile(1) == 4);
  std::vector<double> hundred;
  for (int i = 0; i <= 100; ++i) hundred.push_back(i);
  for (const double q : {0.07, 0.29, 0.57, 0.58, 0.95}) // times 100 each is a little off a whole number
    CHECK(of(hundred).quantile(q) == std::round(q * 100));
}

TEST_CASE("above 256 values each quantile is within 1 % of the values at its ranks") {
  std::mt19937_64 random(2);
  for (const auto& [name, draw] : distributions)
    for (const std::size_t n : {257, 1000, 20000}) {
      std::vector<double> values;
      for (std::size_t i = 0; i < n; ++i) values.push_back(draw(random));
      const auto s = of(values);
      CAPTURE(name);
      CHECK(s.relative_error() <= 0.01);
      for (const double q : quantiles) {
        CAPTURE(q);
        const auto [a, b] = neighbours(values, q);
        const auto got = s.quantile(q);
        CHECK(got >= a - 0.01 * std::abs(a) - 1e-9);
        CHECK(got <= b + 0.01 * std::abs(b) + 1e-9);
      }
      CHECK(s.quantile(0) == *std::min_element(values.begin(), values.end()));
      CHECK(s.quantile(1) == *std::max_element(values.begin(), values.end()));
    }
}

TEST_CASE("constant data has its value as every quantile, however many") {
  quantile_sketch s;
  for (int i = 0; i < 10000; ++i) add(s, 21.537);
  for (const double q : quantiles) CHECK(s.quantile(q) == 21.537);
}

TEST_CASE("values nearer to zero than 1e-9 are zero to a sketch") {
  quantile_sketch s;
  for (int i = 0; i < 300; ++i) add(s, i % 2 ? 5e-10 : -5e-10);
  for (int i = 0; i < 300; ++i) add(s, i % 2 ? 7.0 : -7.0);
  CHECK(s.quantile(0.5) == 0);
  CHECK(std::abs(s.quantile(0.9) - 7) <= 0.07);
}

TEST_CASE(
    "values over more powers of two than the bins hold double the error for all of them, and it is told") {
  std::mt19937_64 random(3);
  std::vector<double> values;
  for (int i = 0; i < 200000; ++i)
    values.push_back(
        std::ldexp(std::uniform_real_distribution<>(1, 2)(random), static_cast<int>(random() % 80)));
  const auto s = of(values);
  CHECK(s.relative_error() > 0.0199);
  CHECK(s.relative_error() < 0.0401);
  for (const double q : quantiles) {
    const auto [a, b] = neighbours(values, q);
    CHECK(s.quantile(q) >= a - s.relative_error() * std::abs(a));
    CHECK(s.quantile(q) <= b + s.relative_error() * std::abs(b));
  }
  std::vector<double> everything; // from the smallest to the greatest double, both signs
  for (int i = 0; i < 100000; ++i) {
    const auto x =
        std::ldexp(std::uniform_real_distribution<>(1, 2)(random), static_cast<int>(random() % 2000) - 1000);
    everything.push_back(random() % 2 ? x : -x);
  }
  const auto all = of(everything);
  for (const double q : quantiles) CHECK(std::isfinite(all.quantile(q)));
  CHECK(bytes_of(all).size() <= 18 + 12 * quantile_sketch::most_bins);
}

TEST_CASE("a sketch takes at most 12 KiB and a bit when saved, 2 KiB while exact") {
  std::mt19937_64 random(4);
  for (const auto& [name, draw] : distributions) {
    quantile_sketch s;
    for (int i = 0; i < 50000; ++i) {
      add(s, draw(random));
      if (i == 255) CHECK(bytes_of(s).size() == 1 + 8 * 256);
    }
    CAPTURE(name);
    CHECK(bytes_of(s).size() <= 18 + 12 * quantile_sketch::most_bins);
  }
}

TEST_CASE("neither the order of values nor the grouping of panes shows in a sketch's bytes") {
  std::mt19937_64 random(5);
  for (const auto& [name, draw] : distributions)
    for (const std::size_t n : {5, 256, 257, 300, 5000}) {
      CAPTURE(name);
      std::vector<double> values;
      for (std::size_t i = 0; i < n; ++i) values.push_back(draw(random));
      const auto want = bytes_of(of(values));
      std::shuffle(values.begin(), values.end(), random);
      CHECK(bytes_of(of(values)) == want);
      std::vector<quantile_sketch> panes(1 + random() % 9);
      for (const double x : values) add(panes[random() % panes.size()], x);
      while (panes.size() > 1) {
        panes[random() % (panes.size() - 1)].merge(panes.back());
        panes.pop_back();
      }
      CHECK(bytes_of(panes[0]) == want);
    }
  // Panes that were made coarser alone and together.
  std::vector<double> wide;
  for (int i = 0; i < 20000; ++i)
    wide.push_back(
        std::ldexp(std::uniform_real_distribution<>(1, 2)(random), static_cast<int>(random() % 300) - 20));
  quantile_sketch low, high;
  for (const double x : wide) add(x < 1e20 ? low : high, x);
  const auto want = bytes_of(of(wide));
  auto one = low, other = high;
  one.merge(high), other.merge(low);
  CHECK(bytes_of(one) == want);
  CHECK(bytes_of(other) == want);
}

TEST_CASE("a sketch reads back what it saved; other bytes are refused") {
  std::mt19937_64 random(6);
  for (const std::size_t n : {1, 256, 3000}) {
    std::vector<double> values;
    for (std::size_t i = 0; i < n; ++i) values.push_back(std::normal_distribution<>(0, 50)(random));
    auto s = of(values);
    const auto bytes = bytes_of(s);
    quantile_sketch back;
    REQUIRE(back.restore(bytes));
    CHECK(bytes_of(back) == bytes);
    add(back, 5), add(s, 5);
    CHECK(bytes_of(back) == bytes_of(s));
    for (std::size_t cut = 0; cut < bytes.size(); cut += 1 + cut / 7)
      if (cut != 1 && (n > 256 ? (cut - 18) % 12 : (cut - 1) % 8) != 0)
        CHECK_FALSE(quantile_sketch().restore(std::string_view(bytes).substr(0, cut)));
    for (int round = 0; round < 2000; ++round) { // never a crash, whatever the bytes
      auto damaged = bytes;
      for (int i = 0; i < 3; ++i) damaged[random() % damaged.size()] = static_cast<char>(random());
      quantile_sketch junk;
      if (junk.restore(damaged)) (void)junk.quantile(0.5);
    }
  }
  CHECK_FALSE(quantile_sketch().restore(""));
  CHECK_FALSE(quantile_sketch().restore(std::string(1, '\0')));
}

TEST_CASE("a bin's number stands within 1 % of both its edges, at every magnitude") {
  using namespace quantile_bins;
  std::mt19937_64 random(7);
  for (int i = 0; i < 200000; ++i) {
    const auto x =
        std::ldexp(std::uniform_real_distribution<>(1, 2)(random), static_cast<int>(random() % 1050) - 29);
    const auto bin = bin_of(x);
    CHECK(bin_of(-x) == -bin);
    CHECK(std::abs(value_of(bin, 0) - x) <= 0.01 * x);
    CHECK(std::abs(value_of(-bin, 0) + x) <= 0.01 * x);
    CHECK(bin_of(x * 1.03) > bin);
  }
  CHECK(bin_of(0.0) == 0);
  CHECK(bin_of(1e-9) > 0);
  CHECK(bin_of(0.99e-9) == 0);
  CHECK(bin_of(std::numeric_limits<double>::max()) <= highest);
}
