#include "actors/predict/distribution.hpp"

#include <cmath>
#include <limits>
#include <numeric>

#include <doctest/doctest.h>

using namespace sluice;

namespace {

const double missing = std::numeric_limits<double>::quiet_NaN();

double sum(const std::vector<double>& all) {
  return std::accumulate(all.begin(), all.end(), 0.0);
}

} // namespace

TEST_CASE("edges are quantiles; values that repeat make fewer bins; what is missing has the last one") {
  std::vector<double> values;
  for (int i = 0; i <= 100; ++i) values.push_back(i);
  const auto ten = distribution::of_numbers(values);
  CHECK(ten.edges == std::vector<double>{10, 20, 30, 40, 50, 60, 70, 80, 90});
  CHECK(ten.shares.size() == ten.bins());
  CHECK(sum(ten.shares) == doctest::Approx(1));
  CHECK(ten.bin_of(10) == 0);
  CHECK(ten.bin_of(10.1) == 1);
  CHECK(ten.bin_of(1000) == 9);
  CHECK(ten.bin_of(missing) == 10);

  const auto few = distribution::of_numbers({0, 0, 0, 1, missing});
  CHECK(few.edges == std::vector<double>{0});
  CHECK(few.shares == std::vector<double>{0.6, 0.2, 0.2});
  const auto none = distribution::of_numbers({});
  CHECK(none.bins() == 2);
  CHECK(none.shares == std::vector<double>{0, 0});
}

TEST_CASE("codes have a bin each, and one for what is unknown") {
  const auto d = distribution::of_codes({0, 1, 1, 2}, 3);
  CHECK(d.shares == std::vector<double>{0.25, 0.5, 0.25, 0, 0});
  CHECK(d.bin_of(3) == 3);
}

TEST_CASE("the stability index is 0 for equal shares and as defined for others") {
  distribution d;
  d.edges = {0};
  d.shares = {0.5, 0.5, 0};
  CHECK(stability_index(d, {7, 7, 0}) == doctest::Approx(0));
  CHECK(stability_index(d, {0, 0, 0}) == 0);
  CHECK(stability_index(d, {3, 1, 0}) ==
        doctest::Approx(0.25 * std::log(0.75 / 0.5) - 0.25 * std::log(0.25 / 0.5)));
  CHECK(stability_index(d, {0, 4, 0}) > 4); // an empty bin counts as one in ten thousand
}
