// The bins of a quantile sketch: which bin a number falls into, and which number stands for a bin. Bins grow
// by 2 % (DDSketch; Masson, Rim, Lee, VLDB 2019), so the number that stands for a bin is within 1 % of every
// number in it. The logarithm is the cubic of the exponent's rest that DDSketch's authors publish: nothing
// but products and sums, so that equal input gives equal bins on every machine.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace sluice::quantile_bins {

inline constexpr double zero_below = 1e-9; // numbers nearer to zero than this count as zero
inline constexpr int per_octave = 35;      // the cubic's least slope is 10/7 of ln: bins of e^(0.7 / 35)
inline constexpr int lowest_octave = -30;  // 2^-30 < 1e-9
inline constexpr std::int32_t highest = (1024 - lowest_octave) * per_octave; // bin of the greatest double

// The fraction of an octave that 1 + s is above its beginning; s in [0, 1). Monotone, 0 at 0 and 1 at 1.
inline double log_part(double s) noexcept {
  return ((6.0 / 35 * s - 3.0 / 5) * s + 10.0 / 7) * s;
}

// Returns the bin of a finite number: 0 around zero, bins of positive numbers from 1, those of negative ones
// mirrored. Ascends with the number.
inline std::int32_t bin_of(double v) noexcept {
  const double x = std::abs(v);
  if (!(x >= zero_below)) return 0;
  const auto bits = std::bit_cast<std::uint64_t>(x);
  const auto octave = static_cast<int>(bits >> 52) - 1023 - lowest_octave;
  const double s = std::bit_cast<double>((bits & 0xfffffffffffffull) | 1023ull << 52) - 1.0;
  const auto bin = octave * per_octave + static_cast<int>(log_part(s) * per_octave) + 1;
  return v < 0 ? -bin : bin;
}

// Where the positive bin number `edge` + 1 begins.
inline double edge_of(std::int32_t edge) noexcept {
  const auto octave = edge / per_octave;
  const double part = static_cast<double>(edge % per_octave) / per_octave;
  double s = part;
  for (int i = 0; i < 6; ++i) { // Newton; the cubic is almost straight
    const double slope = (18.0 / 35 * s - 6.0 / 5) * s + 10.0 / 7;
    s -= (log_part(s) - part) / slope;
  }
  return std::ldexp(1.0 + s, octave + lowest_octave);
}

// When bins were joined in pairs `coarseness` times: the bin that `bin` has become. ceil(|bin| /
// 2^coarseness).
inline std::int32_t coarser(std::int32_t bin, unsigned coarseness) noexcept {
  const auto joined = [coarseness](std::int32_t b) {
    return static_cast<std::int32_t>((static_cast<std::int64_t>(b) + (1ll << coarseness) - 1) >> coarseness);
  };
  return bin < 0 ? -joined(-bin) : joined(bin);
}

// Returns the number that stands for a bin joined `coarseness` times: the one whose greatest relative error
// is the least.
inline double value_of(std::int32_t bin, unsigned coarseness) noexcept {
  if (bin == 0) return 0;
  const auto last = static_cast<std::int64_t>(std::abs(bin)) << coarseness;
  const auto first = last - (1ll << coarseness);
  const double low = edge_of(static_cast<std::int32_t>(first));
  const double high = edge_of(static_cast<std::int32_t>(last)); // infinite above the greatest double
  const double v = 2 / (1 / low + 1 / high);
  return bin < 0 ? -v : v;
}

} // namespace sluice::quantile_bins
