#include "actors/predict/distribution.hpp"

#include <algorithm>
#include <cmath>

namespace sluice {

namespace {

void share_out(distribution& into, const std::vector<double>& values) {
  into.shares.assign(into.bins(), 0);
  if (values.empty()) return;
  for (const auto v : values) into.shares[into.bin_of(v)] += 1;
  for (auto& share : into.shares) share /= static_cast<double>(values.size());
}

} // namespace

std::size_t distribution::bin_of(double value) const noexcept {
  if (std::isnan(value)) return edges.size() + 1;
  return static_cast<std::size_t>(std::lower_bound(edges.begin(), edges.end(), value) - edges.begin());
}

distribution distribution::of_numbers(std::vector<double> values, std::size_t bins) {
  distribution made;
  auto sorted = values;
  std::erase_if(sorted, [](double v) { return std::isnan(v); });
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t i = 1; i < bins && !sorted.empty(); ++i) {
    const auto edge = sorted[i * (sorted.size() - 1) / bins];
    if (made.edges.empty() || edge > made.edges.back()) made.edges.push_back(edge);
  }
  share_out(made, values);
  return made;
}

distribution distribution::of_codes(const std::vector<double>& codes, std::size_t count) {
  distribution made;
  for (std::size_t i = 0; i < count; ++i) made.edges.push_back(static_cast<double>(i));
  share_out(made, codes);
  return made;
}

double stability_index(const distribution& expected, const std::vector<std::uint64_t>& counts) noexcept {
  constexpr double least = 1e-4;
  std::uint64_t total = 0;
  for (const auto n : counts) total += n;
  if (total == 0) return 0;
  double sum = 0;
  for (std::size_t i = 0; i < counts.size() && i < expected.shares.size(); ++i) {
    const auto e = std::max(expected.shares[i], least);
    const auto a = std::max(static_cast<double>(counts[i]) / static_cast<double>(total), least);
    sum += (a - e) * std::log(a / e);
  }
  return sum;
}

std::vector<double> stability_indexes(const std::vector<distribution>& expected,
                                      const std::vector<std::vector<std::uint64_t>>& counts) {
  std::vector<double> all;
  for (std::size_t k = 0; k < std::min(expected.size(), counts.size()); ++k)
    all.push_back(stability_index(expected[k], counts[k]));
  return all;
}

} // namespace sluice
