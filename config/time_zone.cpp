#include "config/time_zone.hpp"

#include <chrono>
#include <cmath>
#include <sstream>
#include <vector>

// The library's parser is beyond the compiler's flow analysis (date.h, from_stream: "S").
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <date/tz.h>

#include "config/nearest_name.hpp"

namespace sluice {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::int64_t low_ms = -62135596800000, high_ms = 253402300799999; // years 1 to 9999

std::int64_t floor_seconds(std::int64_t ms) noexcept {
  return ms / 1000 - (ms % 1000 < 0 ? 1 : 0);
}

} // namespace

outcome<time_zone> time_zone::find(const std::string& name) {
  time_zone made;
  if (name == "UTC") return made;
  try {
    made.zone_ = date::locate_zone(name);
    made.name_ = name;
    return made;
  } catch (const std::exception&) {
    std::vector<std::string> names;
    try {
      for (const auto& zone : date::get_tzdb().zones) names.push_back(zone.name());
    } catch (const std::exception& e) {
      return fail(ec::invalid, std::string("the time zone database cannot be read: ") + e.what());
    }
    return fail(ec::invalid, "unknown time zone" + config::did_you_mean(name, names));
  }
}

std::int64_t time_zone::to_local(std::int64_t utc_ms) const {
  if (zone_ == nullptr || utc_ms < low_ms || utc_ms > high_ms) return utc_ms;
  if (utc_ms < from_ || utc_ms >= to_) {
    const auto info = static_cast<const date::time_zone*>(zone_)->get_info(
        date::sys_seconds{seconds(floor_seconds(utc_ms))});
    from_ = std::max(info.begin.time_since_epoch().count(), low_ms / 1000) * 1000;
    to_ = std::min(info.end.time_since_epoch().count(), high_ms / 1000 + 1) * 1000;
    offset_ = std::chrono::duration_cast<milliseconds>(info.offset).count();
  }
  return utc_ms + offset_;
}

std::int64_t time_zone::to_utc(std::int64_t local_ms) const {
  if (zone_ == nullptr || local_ms < low_ms || local_ms > high_ms) return local_ms;
  // A day on either side of a change both answers may be wrong by its size: then the library is asked.
  constexpr std::int64_t day = 86400000;
  if (local_ms - offset_ >= from_ + day && local_ms - offset_ < to_ - day) return local_ms - offset_;
  const auto whole = floor_seconds(local_ms);
  const auto info = static_cast<const date::time_zone*>(zone_)->get_info(date::local_seconds{seconds(whole)});
  if (info.result == date::local_info::nonexistent) return info.first.end.time_since_epoch().count() * 1000;
  return local_ms - std::chrono::duration_cast<milliseconds>(info.first.offset).count();
}

std::string bad_time_format(const std::string& format) {
  // The library would compute with any width.
  for (std::size_t i = 0; i < format.size(); ++i)
    if (format[i] == '%' && format.find_first_not_of("0123456789", i + 1) - i > 3)
      return "has a width of more than two digits";
  // What a known instant is written as must be read back to its day.
  try {
    const date::sys_time<milliseconds> known{milliseconds(1700000000123)};
    std::ostringstream out;
    date::to_stream(out, format.c_str(), known);
    if (!out) return "cannot be used";
    const auto back = parse_time(out.str(), format, time_zone());
    if (!back) return "cannot be read back";
    if (*back / 86400000 != 1700000000123 / 86400000) return "does not give a whole date";
    return "";
  } catch (const std::exception& e) {
    return e.what();
  }
}

std::optional<std::int64_t> parse_time(std::string_view text, const std::string& format,
                                       const time_zone& zone) {
  try {
    std::istringstream in{std::string(text)};
    // As a double: the library makes seconds that it could not read out of an uninitialised long double,
    // which must not become an integer. Whole milliseconds of these years are exact doubles.
    date::local_time<std::chrono::duration<double, std::milli>> local;
    std::string abbreviation;
    std::chrono::minutes offset{std::chrono::minutes::min()};
    date::from_stream(in, format.c_str(), local, &abbreviation, &offset);
    if (in.fail() || (in.peek() != std::istringstream::traits_type::eof())) return std::nullopt;
    const double count = std::round(local.time_since_epoch().count());
    if (!(count >= static_cast<double>(low_ms) && count <= static_cast<double>(high_ms))) return std::nullopt;
    const auto ms = static_cast<std::int64_t>(count);
    if (offset != std::chrono::minutes::min())
      return ms - std::chrono::duration_cast<milliseconds>(offset).count();
    return zone.to_utc(ms);
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

} // namespace sluice
