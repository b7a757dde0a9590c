// How the values of a feature are spread, and how far what comes now is from that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sluice {

// Bin i holds what is <= edges[i] and above the edge before; one bin more holds what is above all edges, and
// the last one what is missing (NaN).
struct distribution {
  std::vector<double> edges;  // ascending
  std::vector<double> shares; // of the training rows, one for each bin; their sum is 1

  std::size_t bins() const noexcept { return edges.size() + 2; }
  std::size_t bin_of(double value) const noexcept;

  // Quantiles of `values` as edges: about `bins` bins of equal size, fewer where values repeat.
  static distribution of_numbers(std::vector<double> values, std::size_t bins = 10);
  // One bin for each code of 0 .. count - 1.
  static distribution of_codes(const std::vector<double>& codes, std::size_t count);
};

// The population stability index of counts in the bins of `expected`: sum of (a - e) ln(a / e) over shares,
// each at least 0.0001 (Siddiqi 2006, "Credit Risk Scorecards"). Below 0.1 nothing has moved, above 0.25 much
// has. 0 without counts.
double stability_index(const distribution& expected, const std::vector<std::uint64_t>& counts) noexcept;
// One for each feature that has both.
std::vector<double> stability_indexes(const std::vector<distribution>& expected,
                                      const std::vector<std::vector<std::uint64_t>>& counts);

} // namespace sluice
