// Event time arithmetic: tumbling windows aligned to the epoch, watermarks, all saturating at the ends of
// int64.
#pragma once

#include <cstdint>
#include <limits>

namespace sluice {

// "No time yet": before every other time.
inline constexpr std::int64_t no_time = std::numeric_limits<std::int64_t>::min();

inline std::int64_t add_ms(std::int64_t a, std::int64_t b) noexcept {
  std::int64_t out = 0;
  if (__builtin_add_overflow(a, b, &out)) return b < 0 ? no_time : std::numeric_limits<std::int64_t>::max();
  return out;
}

inline std::int64_t subtract_ms(std::int64_t a, std::int64_t b) noexcept {
  std::int64_t out = 0;
  if (__builtin_sub_overflow(a, b, &out)) return b > 0 ? no_time : std::numeric_limits<std::int64_t>::max();
  return out;
}

// Returns the start of the tumbling window of `size` > 0 ms that holds `t`: the highest multiple of size not
// above t, also for times before 1970.
inline std::int64_t window_start(std::int64_t t, std::int64_t size) noexcept {
  auto into = t % size;
  if (into < 0) into += size;
  return subtract_ms(t, into);
}

// Returns the watermark of a device whose highest event time is `high`; no_time when it has none.
inline std::int64_t watermark_of(std::int64_t high, std::int64_t delay) noexcept {
  return high == no_time ? no_time : subtract_ms(high, delay);
}

// Returns how many windows of `size` ms lie between the starts `from` <= `to`.
inline std::uint64_t windows_between(std::int64_t from, std::int64_t to, std::int64_t size) noexcept {
  return (static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from)) /
         static_cast<std::uint64_t>(size);
}

} // namespace sluice
