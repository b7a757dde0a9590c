#include "actors/ingest/decode/time_reader.hpp"

#include <chrono>

#include "actors/ingest/decode/event_time.hpp"

namespace sluice {

outcome<time_reader> time_reader::make(const time_options& options) {
  time_reader made;
  made.unit_ = options.unit;
  made.format_ = options.format;
  if (!options.zone.empty()) {
    auto zone = time_zone::find(options.zone);
    if (!zone) return tl::unexpected(zone.error());
    made.zone_ = std::move(*zone);
  }
  std::string format;
  for (std::size_t i = 0; i < options.format.size(); ++i) { // %F and %T are short for others
    const auto two = options.format.substr(i, 2);
    if (two == "%F" || two == "%T") {
      format += two == "%F" ? "%Y-%m-%d" : "%H:%M:%S";
      ++i;
    } else {
      format += options.format[i];
    }
  }
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') {
      made.parts_.push_back({0, format[i]});
      continue;
    }
    const char letter = ++i < format.size() ? format[i] : '\0';
    if (std::string_view("YmdHMS").find(letter) == std::string_view::npos || letter == '\0') {
      made.parts_.clear();
      break;
    }
    made.parts_.push_back({letter, 0});
  }
  return made;
}

// What has every number at its full width and every other byte in its place; anything else, seconds with a
// fraction among it, is the library's, whose answer would be the same.
std::optional<std::int64_t> time_reader::read_quickly(std::string_view text) const {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  const char* p = text.data();
  const char* const end = p + text.size();
  for (const auto& part : parts_) {
    if (part.letter == 0) {
      if (p == end || *p++ != part.byte) return std::nullopt;
      continue;
    }
    int value = 0;
    for (int n = part.letter == 'Y' ? 4 : 2; n > 0; --n) {
      if (p == end || *p < '0' || *p > '9') return std::nullopt;
      value = value * 10 + (*p++ - '0');
    }
    switch (part.letter) {
    case 'Y':
      year = value;
      break;
    case 'm':
      month = value;
      break;
    case 'd':
      day = value;
      break;
    case 'H':
      hour = value;
      break;
    case 'M':
      minute = value;
      break;
    default:
      second = value;
    }
  }
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (p != end || year < 1 || !date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return zone_.to_utc(((days * 24 + hour) * 60 + minute) * 60'000 + second * 1000);
}

std::optional<std::int64_t> time_reader::read_format(std::string_view text) const {
  if (!parts_.empty())
    if (const auto ms = read_quickly(text)) return ms;
  return parse_time(text, format_, zone_);
}

std::optional<std::int64_t> time_reader::read(const found_value& v) const {
  switch (v.what) {
  case found_value::kind::integer:
    if (has_format()) return read_format(std::to_string(v.value.integer()));
    return time_from_integer(v.value.integer(), unit_);
  case found_value::kind::number:
    if (has_format()) return std::nullopt;
    return time_from_number(v.value.number(), unit_);
  case found_value::kind::text:
    return has_format() ? read_format(v.text) : time_from_text(v.text);
  default:
    return std::nullopt;
  }
}

std::string time_reader::wanted() const {
  if (has_format()) return "time of the form " + format_ + " expected";
  return "number or RFC 3339 text in the years 1 to 9999 expected";
}

} // namespace sluice
