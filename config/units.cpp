// Reading and printing of quantities; no locale, no floating point.
#include "config/units.hpp"

#include <array>
#include <cstdio>

namespace sluice::config {

namespace {

struct unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array<unit, 5> duration_units{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};

// Order of preference for printing: the largest binary unit that divides, then the largest decimal one.
constexpr std::array<unit, 9> size_units{{{"TiB", 1ull << 40},
                                          {"GiB", 1ull << 30},
                                          {"MiB", 1ull << 20},
                                          {"KiB", 1ull << 10},
                                          {"TB", 1'000'000'000'000ull},
                                          {"GB", 1'000'000'000ull},
                                          {"MB", 1'000'000ull},
                                          {"kB", 1000ull},
                                          {"B", 1}}};

constexpr std::uint64_t longest_ms = 315'576'000'000'000ull; // 10 000 years

bool digit(char c) {
  return c >= '0' && c <= '9';
}
bool letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Takes a whole number off the front of `text`; nullopt when there is none or it has more than 18 digits.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::size_t n = 0;
  std::uint64_t value = 0;
  while (n < text.size() && digit(text[n])) {
    if (n == 18) return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(text[n] - '0');
    ++n;
  }
  if (n == 0) return std::nullopt;
  text.remove_prefix(n);
  return value;
}

std::string_view take_letters(std::string_view& text) {
  std::size_t n = 0;
  while (n < text.size() && letter(text[n])) ++n;
  const auto word = text.substr(0, n);
  text.remove_prefix(n);
  return word;
}

// Reads exactly `width` digits at `at`.
std::optional<int> digits_at(std::string_view text, std::size_t at, std::size_t width) {
  if (at + width > text.size()) return std::nullopt;
  int value = 0;
  for (std::size_t i = at; i < at + width; ++i) {
    if (!digit(text[i])) return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

} // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::uint64_t total = 0;
  std::size_t next_unit = 0; // units must come largest first, each once
  while (!text.empty()) {
    const auto number = take_number(text);
    if (!number) return std::nullopt;
    const auto word = take_letters(text);
    while (next_unit < duration_units.size() && duration_units[next_unit].name != word) ++next_unit;
    if (next_unit == duration_units.size()) return std::nullopt;
    const auto factor = duration_units[next_unit++].factor;
    if (*number > longest_ms / factor) return std::nullopt;
    total += *number * factor;
    if (total > longest_ms) return std::nullopt;
  }
  return std::chrono::milliseconds(static_cast<std::int64_t>(total));
}

std::string format_duration(std::chrono::milliseconds value) {
  const auto ms = static_cast<std::uint64_t>(value.count());
  if (ms == 0) return "0s";
  for (const auto& u : duration_units)
    if (ms % u.factor == 0) return std::to_string(ms / u.factor) + std::string(u.name);
  return std::to_string(ms) + "ms";
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  const auto number = take_number(text);
  if (!number) return std::nullopt;
  for (const auto& u : size_units) {
    if (u.name != text) continue;
    if (*number > (1ull << 63) / u.factor - 1) return std::nullopt;
    return *number * u.factor;
  }
  return std::nullopt;
}

std::string format_size(std::uint64_t bytes) {
  if (bytes == 0) return "0B";
  for (const auto& u : size_units)
    if (bytes % u.factor == 0) return std::to_string(bytes / u.factor) + std::string(u.name);
  return std::to_string(bytes) + "B";
}

std::optional<std::int64_t> parse_date(std::string_view text) {
  const bool with_time = text.size() == 20;
  if (text.size() != 10 && !with_time) return std::nullopt;
  const auto y = digits_at(text, 0, 4), m = digits_at(text, 5, 2), d = digits_at(text, 8, 2);
  if (!y || !m || !d || text[4] != '-' || text[7] != '-' || *y < 1600) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*y), std::chrono::month(static_cast<unsigned>(*m)),
                                         std::chrono::day(static_cast<unsigned>(*d))};
  if (!date.ok()) return std::nullopt;
  std::int64_t seconds = std::int64_t{std::chrono::sys_days(date).time_since_epoch().count()} * 86400;
  if (with_time) {
    const auto hour = digits_at(text, 11, 2), minute = digits_at(text, 14, 2),
               second = digits_at(text, 17, 2);
    if (!hour || !minute || !second || text[10] != 'T' || text[13] != ':' || text[16] != ':' ||
        text[19] != 'Z')
      return std::nullopt;
    if (*hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
    seconds += *hour * 3600 + *minute * 60 + *second;
  }
  return seconds * 1000;
}

std::string format_date(std::int64_t ms) {
  const std::chrono::sys_time<std::chrono::milliseconds> time{std::chrono::milliseconds(ms)};
  const auto days = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{days};
  const auto second = std::chrono::floor<std::chrono::seconds>(time - days).count();
  char buffer[64];
  if (second == 0)
    std::snprintf(buffer, sizeof buffer, "%04d-%02u-%02u", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  else
    std::snprintf(buffer, sizeof buffer, "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  static_cast<int>(second / 3600), static_cast<int>(second / 60 % 60),
                  static_cast<int>(second % 60));
  return buffer;
}

} // namespace sluice::config
