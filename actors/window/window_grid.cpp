#include "actors/window/window_grid.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "actors/window/watermark.hpp"

namespace sluice {

namespace {

__extension__ using wide = __int128;

constexpr std::int64_t day_ms = 86400000;
constexpr auto highest = std::numeric_limits<std::int64_t>::max();

std::int64_t clamped(wide v) noexcept {
  return v > highest ? highest : v <= no_time ? no_time + 1 : static_cast<std::int64_t>(v);
}

wide floor_div(wide a, wide b) noexcept {
  return a / b - (a % b < 0 ? 1 : 0);
}

// Days from 1970-01-01 to the first of a month, counted from January of the year 0 (Hinnant,
// "chrono-compatible low-level date algorithms").
wide days_of_month(wide month) noexcept {
  auto y = floor_div(month, 12);
  const auto m = month - y * 12 + 1; // 1 to 12
  if (m <= 2) --y;
  const auto era = floor_div(y, 400);
  const auto of_era = y - era * 400;
  const auto of_year = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

// The month that holds a day, counted likewise.
wide month_of_day(wide day) noexcept {
  const auto z = day + 719468;
  const auto era = floor_div(z, 146097);
  const auto doe = z - era * 146097;
  const auto yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  const auto doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const auto mp = (5 * doy + 2) / 153;
  const auto m = mp < 10 ? mp + 3 : mp - 9;
  return (yoe + era * 400 + (m <= 2 ? 1 : 0)) * 12 + m - 1;
}

} // namespace

window_grid window_grid::fixed(std::int64_t length, std::int64_t offset) {
  window_grid made;
  made.length_ = length, made.offset_ = offset;
  return made;
}

window_grid window_grid::calendar(unit u, std::int64_t length, std::int64_t offset, time_zone zone) {
  auto made = fixed(length, offset);
  made.unit_ = u;
  made.zone_ = std::move(zone);
  return made;
}

std::int64_t window_grid::start(std::int64_t index) const {
  const auto i = static_cast<wide>(index) * length_;
  wide day = 0;
  switch (unit_) {
  case unit::ms:
    return clamped(i + offset_);
  case unit::day:
    day = i;
    break;
  case unit::week:
    day = 4 + 7 * i;
    break;
  case unit::month:
    day = days_of_month(i);
    break;
  }
  return zone_.to_utc(clamped(day * day_ms + offset_));
}

// The pane of the same date on a clock without changes: one off at most.
std::int64_t window_grid::guess(std::int64_t t) const {
  const auto day = floor_div(static_cast<wide>(zone_.to_local(t)) - offset_, day_ms);
  switch (unit_) {
  case unit::day:
    return static_cast<std::int64_t>(floor_div(day, length_));
  case unit::week:
    return static_cast<std::int64_t>(floor_div(day - 4, static_cast<wide>(7) * length_));
  default:
    return static_cast<std::int64_t>(floor_div(month_of_day(day), length_));
  }
}

std::int64_t window_grid::index(std::int64_t t) const {
  if (unit_ == unit::ms) {
    std::int64_t from = 0; // 128 bits only where 64 do not do: their division is many times slower
    if (__builtin_sub_overflow(t, offset_, &from))
      return static_cast<std::int64_t>(floor_div(static_cast<wide>(t) - offset_, length_));
    return from / length_ - (from % length_ < 0 ? 1 : 0);
  }
  if (t >= from_ && t < to_) return at_;
  auto i = guess(t);
  while (start(i) > t && start(i - 1) < start(i)) --i;
  while (start(i + 1) <= t && start(i + 1) < highest) ++i;
  at_ = i, from_ = start(i), to_ = start(i + 1);
  return i;
}

} // namespace sluice
