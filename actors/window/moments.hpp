// Running mean and sum of squared deviations (Welford 1962; merged as Chan, Golub, LeVeque 1979), the mean
// kept to 77 bits: without the low bits the variance of readings around 1e9 that differ by 1 would be good to
// seven digits only. The low part is a multiple of 2^-24 of the mean's last place, so that it fits into 24
// bits beside the count.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace sluice {

// The word `count` of a field: number of values, low part of the mean, whether min and max are integers.
inline constexpr std::uint64_t count_mask = (1ull << 38) - 1;
inline constexpr unsigned mean_low_shift = 38;
inline constexpr std::uint64_t mean_low_mask = 0xffffffull << mean_low_shift;
inline constexpr std::uint64_t min_is_integer = 1ull << 62;
inline constexpr std::uint64_t max_is_integer = 1ull << 63;

namespace moments {

// 2^e for a biased exponent 1 .. 2046.
inline double power(std::uint64_t biased) noexcept {
  return std::bit_cast<double>(biased << 52);
}
inline std::uint64_t biased_exponent(double v) noexcept {
  return std::bit_cast<std::uint64_t>(v) >> 52 & 0x7ff;
}
// Below it (and for infinities) the low part is left zero: last place times 2^-24 would not be a normal
// number.
inline bool has_low(std::uint64_t e) noexcept {
  return e > 100 && e < 2047;
}

inline double unpack(std::uint64_t head, double mean) noexcept {
  const auto e = biased_exponent(mean);
  const auto steps = static_cast<std::int64_t>(head << 2) >> 40; // the 24 bits, with sign
  return has_low(e) ? static_cast<double>(steps) * power(e - 76) : 0.0;
}

inline std::uint64_t pack(double low, double mean) noexcept {
  const auto e = biased_exponent(mean);
  if (!has_low(e)) return 0;
  double steps = low * power(2122 - e);          // 2^24 / last place; at most half of it
  if (!(std::abs(steps) <= 8388608.0)) return 0; // not a number
  if (steps > 8388607.0) steps = 8388607.0;
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(steps)) << mean_low_shift & mean_low_mask;
}

// Adds x + rest as the `count`-th value (counted from 1); `head` is the word `count`. `rest` is what a double
// cannot hold of an integer, else 0.
inline void add(std::uint64_t& head, std::uint64_t& mean_word, std::uint64_t& m2_word, std::uint64_t count,
                double x, double rest) noexcept {
  if (count == 1) { // as it is: the difference to a mean of 0 could not hold `rest`
    mean_word = std::bit_cast<std::uint64_t>(x);
    head = (head & ~mean_low_mask) | pack(rest, x);
    return;
  }
  const double mean = std::bit_cast<double>(mean_word);
  const double low = unpack(head, mean);
  const double d = (x - mean) + (rest - low);
  const double step = low + d / static_cast<double>(static_cast<std::int64_t>(count));
  const double next = mean + step;
  const double taken = next - mean; // two-sum (Knuth)
  const double next_low = (mean - (next - taken)) + (step - taken);
  mean_word = std::bit_cast<std::uint64_t>(next);
  m2_word =
      std::bit_cast<std::uint64_t>(std::bit_cast<double>(m2_word) + d * ((x - next) + (rest - next_low)));
  head = (head & ~mean_low_mask) | pack(next_low, next);
}

// Adds `from_count` values, whose words are given, to `count` values; neither is zero.
inline void merge(std::uint64_t& head, std::uint64_t& mean_word, std::uint64_t& m2_word, std::uint64_t count,
                  std::uint64_t from_head, std::uint64_t from_mean_word, std::uint64_t from_m2_word,
                  std::uint64_t from_count) noexcept {
  const double mean = std::bit_cast<double>(mean_word), other = std::bit_cast<double>(from_mean_word);
  const double low = unpack(head, mean), other_low = unpack(from_head, other);
  const double n = static_cast<double>(count), m = static_cast<double>(from_count);
  const double d = (other - mean) + (other_low - low);
  const double step = low + d * (m / (n + m));
  const double next = mean + step;
  const double taken = next - mean; // two-sum (Knuth)
  const double next_low = (mean - (next - taken)) + (step - taken);
  mean_word = std::bit_cast<std::uint64_t>(next);
  m2_word = std::bit_cast<std::uint64_t>(
      (std::bit_cast<double>(m2_word) + std::bit_cast<double>(from_m2_word)) + d * (d * (n / (n + m)) * m));
  head = (head & ~mean_low_mask) | pack(next_low, next);
}

} // namespace moments

} // namespace sluice
