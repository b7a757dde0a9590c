#include "actors/ingest/decode/event_time.hpp"

#include <chrono>
#include <cmath>

namespace sluice {

namespace {

constexpr std::int64_t first_ms = -62135596800000; // 0001-01-01T00:00:00Z
constexpr std::int64_t last_ms = 253402300799999;  // 9999-12-31T23:59:59.999Z

std::optional<std::int64_t> within_years(std::int64_t ms) noexcept {
  if (ms < first_ms || ms > last_ms) return std::nullopt;
  return ms;
}

constexpr std::int64_t floor_divide(std::int64_t a, std::int64_t b) noexcept {
  return a / b - (a % b < 0 ? 1 : 0);
}

// Reads exactly `count` digits from the front of `text`.
bool take_digits(std::string_view& text, int count, int& value) noexcept {
  if (text.size() < static_cast<std::size_t>(count)) return false;
  value = 0;
  for (int i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return true;
}

bool take_char(std::string_view& text, std::string_view any_of) noexcept {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

} // namespace

std::optional<std::int64_t> time_from_integer(std::int64_t value, time_unit unit) noexcept {
  switch (unit) {
  case time_unit::s:
    if (value < first_ms / 1000 || value > last_ms / 1000) return std::nullopt;
    return value * 1000;
  case time_unit::ms:
    return within_years(value);
  case time_unit::us:
    return within_years(floor_divide(value, 1000));
  case time_unit::ns:
    return within_years(floor_divide(value, 1'000'000));
  }
  return std::nullopt;
}

std::optional<std::int64_t> time_from_number(double value, time_unit unit) noexcept {
  double us = value;
  switch (unit) {
  case time_unit::s:
    us = value * 1e6;
    break;
  case time_unit::ms:
    us = value * 1e3;
    break;
  case time_unit::us:
    break;
  case time_unit::ns:
    us = value / 1e3;
    break;
  }
  if (!(us >= first_ms * 1e3 && us <= last_ms * 1e3 + 999)) return std::nullopt;
  return within_years(floor_divide(std::llround(us), 1000));
}

std::optional<std::int64_t> time_from_text(std::string_view text) noexcept {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  if (!take_digits(text, 4, year) || !take_char(text, "-") || !take_digits(text, 2, month) ||
      !take_char(text, "-") || !take_digits(text, 2, day) || !take_char(text, "Tt ") ||
      !take_digits(text, 2, hour) || !take_char(text, ":") || !take_digits(text, 2, minute) ||
      !take_char(text, ":") || !take_digits(text, 2, second))
    return std::nullopt;
  std::int64_t fraction_ms = 0;
  if (take_char(text, ".")) {
    int digits = 0;
    for (std::int64_t weight = 100; !text.empty() && text.front() >= '0' && text.front() <= '9'; ++digits) {
      fraction_ms += weight * (text.front() - '0');
      weight /= 10;
      text.remove_prefix(1);
    }
    if (digits == 0) return std::nullopt;
  }
  std::int64_t offset_minutes = 0;
  if (!take_char(text, "Zz")) {
    const bool west = !text.empty() && text.front() == '-';
    int hours = 0, minutes = 0;
    if (!take_char(text, "+-") || !take_digits(text, 2, hours) || !take_char(text, ":") ||
        !take_digits(text, 2, minutes) || hours > 23 || minutes > 59)
      return std::nullopt;
    offset_minutes = (west ? -1 : 1) * (hours * 60 + minutes);
  }
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!text.empty() || year < 1 || !date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const std::int64_t minutes_utc = days * 1440 + hour * 60 + minute - offset_minutes;
  if (second == 60) {
    const auto next = minutes_utc + 1; // the minute after a leap second begins a month
    if (next % 1440 != 0) return std::nullopt;
    const std::chrono::year_month_day first(std::chrono::sys_days(std::chrono::days(next / 1440)));
    if (first.day() != std::chrono::day(1)) return std::nullopt;
  }
  return within_years((minutes_utc * 60 + second) * 1000 + fraction_ms);
}

plausibility judge_time(std::int64_t time_ms, std::int64_t received_ms, const decode_options& options,
                        bool clock_ok) noexcept {
  if (time_ms < options.oldest_ms) return plausibility::ancient;
  if (clock_ok && options.future && time_ms > received_ms + options.future->count())
    return plausibility::future;
  return plausibility::good;
}

} // namespace sluice
