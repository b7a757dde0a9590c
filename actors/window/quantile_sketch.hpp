// The values of a field, for quantiles: all of them while they are few, bins of 2 % above (DDSketch; Masson,
// Rim, Lee, VLDB 2019).
#pragma once

#include <cstdint>
#include <vector>

#include "actors/window/heap_statistic.hpp"

namespace sluice {

class quantile_sketch final : public heap_statistic {
public:
  static constexpr std::size_t exact_values = 256; // 2 KiB
  // Above it neighbouring bins are joined in pairs (as UDDSketch does; Epicoco et al. 2020): the relative
  // error doubles, for large and small values alike. Needs values over more than 29 powers of two. 16 KiB.
  static constexpr std::size_t most_bins = 1024;

  // The value at rank q * (n - 1) of the n sorted values, the first of which has rank 0; between two ranks
  // along the line between their values. 0 <= q <= 1; there is a value. Exact up to 256 values; above, each
  // of the one or two values it is made of is off by relative_error() at most, or by 1e-9 where that is more.
  // Integers count as the nearest double.
  double quantile(double q) const noexcept;
  // 0 while exact, then 0.01, doubled each time bins were joined.
  double relative_error() const noexcept;

  void make_room() override;
  void add(const event_value& v, const event_facts& event) noexcept override;
  void merge(const heap_statistic& from) override;
  void save(std::string& out) const override;
  bool restore(std::string_view bytes) override;

private:
  struct bin {
    std::int32_t number;
    std::uint64_t count;
  };
  bool exact() const noexcept { return bins_.empty(); }
  void add_number(double x) noexcept;
  void use_bins() noexcept;
  void coarsen(unsigned coarseness) noexcept;
  void bound() noexcept;
  double at_rank(std::uint64_t rank) const noexcept;

  std::vector<double> values_; // ascending, while exact
  std::vector<bin> bins_;      // ascending
  std::uint64_t count_ = 0;    // of values, while in bins
  double least_ = 0, greatest_ = 0;
  unsigned coarseness_ = 0; // bins joined so often
};

} // namespace sluice
