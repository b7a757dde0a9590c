// Functions of time. An instant is an integer: ms since 1970 UTC. Without a
// zone they work in UTC.
#include <chrono>
#include <cstdio>
#include <cstring>

#include "actors/transform/expression_functions.hpp"
#include "config/time_zone.hpp"

namespace sluice {

namespace {

using namespace std::chrono;

constexpr std::int64_t day_ms = 86400000;
// Years 1 to 9999: beyond them nothing has a calendar.
constexpr std::int64_t first_ms = -62135596800000, last_ms = 253402300799999;

const time_zone& zone(const function_call& c, unsigned i) noexcept {
  static const time_zone utc;
  return c.count > i ? *static_cast<const time_zone*>(c.prepared[i].get()) : utc;
}

bool in_calendar(std::int64_t ms) noexcept {
  return ms >= first_ms && ms <= last_ms;
}

// A wall clock: its day and the ms since midnight.
struct wall {
  sys_days day;
  std::int64_t ms;
  year_month_day date() const noexcept { return year_month_day(day); }
};
wall wall_of(std::int64_t local_ms) noexcept {
  auto day = local_ms / day_ms, ms = local_ms % day_ms;
  if (ms < 0) ms += day_ms, --day;
  return {sys_days(std::chrono::days(static_cast<int>(day))), ms};
}
std::int64_t to_ms(sys_days day) noexcept {
  return static_cast<std::int64_t>(day.time_since_epoch().count()) * day_ms;
}

using part = std::int64_t (*)(const wall&) noexcept;
template <part F> cell of_wall(const function_call& c) noexcept {
  if (!in_calendar(c.integer(0))) return {};
  return whole(F(wall_of(zone(c, 1).to_local(c.integer(0)))));
}
std::int64_t year_of(const wall& w) noexcept {
  return static_cast<int>(w.date().year());
}
std::int64_t month_of(const wall& w) noexcept {
  return static_cast<unsigned>(w.date().month());
}
std::int64_t day_of(const wall& w) noexcept {
  return static_cast<unsigned>(w.date().day());
}
std::int64_t hour_of(const wall& w) noexcept {
  return w.ms / 3600000;
}
std::int64_t minute_of(const wall& w) noexcept {
  return w.ms / 60000 % 60;
}
std::int64_t second_of(const wall& w) noexcept {
  return w.ms / 1000 % 60;
}
std::int64_t weekday_of(const wall& w) noexcept {
  return weekday(w.day).iso_encoding();
}
std::int64_t yearday_of(const wall& w) noexcept {
  return (w.day - sys_days(w.date().year() / January / 1)).count() + 1;
}

enum class unit : std::uint8_t { second, minute, hour, day, week, month, quarter, year };
constexpr std::pair<std::string_view, unit> units[] = {
    {"second", unit::second}, {"minute", unit::minute}, {"hour", unit::hour},       {"day", unit::day},
    {"week", unit::week},     {"month", unit::month},   {"quarter", unit::quarter}, {"year", unit::year}};

tl::expected<prepared_argument, std::string> prepare_unit(std::string_view literal) {
  for (const auto& [name, value] : units)
    if (name == literal) return std::make_shared<const unit>(value);
  return tl::unexpected("unknown unit of time (got " + std::string(literal) +
                        ", want second, minute, hour, day, week, month, quarter or year)");
}

cell date_trunc(const function_call& c) noexcept {
  const auto t = c.integer(1);
  if (!in_calendar(t)) return {};
  const auto u = *static_cast<const unit*>(c.prepared[0].get());
  const auto& z = zone(c, 2);
  const auto local = z.to_local(t);
  const auto w = wall_of(local);
  const auto back = [&](std::int64_t ms) { // inside one hour the offset does not change
    const auto rest = w.ms % ms;
    return whole(t - rest);
  };
  const auto date = w.date();
  switch (u) {
  case unit::second:
    return back(1000);
  case unit::minute:
    return back(60000);
  case unit::hour:
    return back(3600000);
  case unit::day:
    return whole(z.to_utc(to_ms(w.day)));
  case unit::week:
    return whole(z.to_utc(to_ms(w.day - days(weekday(w.day).iso_encoding() - 1))));
  case unit::month:
    return whole(z.to_utc(to_ms(sys_days(date.year() / date.month() / 1))));
  case unit::quarter: {
    const auto first = (static_cast<unsigned>(date.month()) - 1) / 3 * 3 + 1;
    return whole(z.to_utc(to_ms(sys_days(date.year() / month(first) / 1))));
  }
  default:
    return whole(z.to_utc(to_ms(sys_days(date.year() / January / 1))));
  }
}

constexpr std::string_view format_letters = "YmdHMSLjuFTzQaAbBe%";
constexpr std::size_t longest_format = 200;
constexpr const char* weekdays[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                    "Friday", "Saturday", "Sunday"};
constexpr const char* months[] = {"January", "February", "March",     "April",   "May",      "June",
                                  "July",    "August",   "September", "October", "November", "December"};

tl::expected<prepared_argument, std::string> prepare_output(std::string_view literal) {
  if (literal.size() > longest_format)
    return tl::unexpected("format is too long (got " + std::to_string(literal.size()) +
                          " bytes, want at most 200)");
  for (std::size_t i = 0; i < literal.size(); ++i)
    if (literal[i] == '%' &&
        (++i == literal.size() || format_letters.find(literal[i]) == std::string_view::npos))
      return tl::unexpected(
          "unknown letter in a format (got " +
          std::string(literal.substr(i - 1, std::min<std::size_t>(2, literal.size() - i + 1))) +
          ", want one of %Y %m %d %H %M %S %L %j %u %F %T %z %Q %a %A %b %B %e "
          "%%)");
  return std::make_shared<const std::string>(literal);
}

cell format_time(const function_call& c) noexcept {
  const auto t = c.integer(0);
  if (!in_calendar(t)) return {};
  const auto& format = *static_cast<const std::string*>(c.prepared[1].get());
  const auto local = zone(c, 2).to_local(t);
  const auto w = wall_of(local);
  auto* const out = c.texts.reserve(format.size() * 16 + 32); // no letter gives more than 24 bytes of two
  if (out == nullptr) return {};
  auto* to = out;
  const auto put = [&](const char* how, auto... values) { to += std::snprintf(to, 32, how, values...); };
  const auto n = [](std::int64_t v) { return static_cast<int>(v); };
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') {
      *to++ = format[i];
      continue;
    }
    const int day = n(day_of(w)), month = n(month_of(w)), year = n(year_of(w));
    const int hour = n(hour_of(w)), minute = n(minute_of(w)), second = n(second_of(w));
    switch (format[++i]) {
    case 'Y':
      put("%04d", year);
      break;
    case 'm':
      put("%02d", month);
      break;
    case 'd':
      put("%02d", day);
      break;
    case 'e':
      put("%d", day);
      break;
    case 'H':
      put("%02d", hour);
      break;
    case 'M':
      put("%02d", minute);
      break;
    case 'S':
      put("%02d", second);
      break;
    case 'L':
      put("%03d", n(w.ms % 1000));
      break;
    case 'j':
      put("%03d", n(yearday_of(w)));
      break;
    case 'u':
      put("%d", n(weekday_of(w)));
      break;
    case 'F':
      put("%04d-%02d-%02d", year, month, day);
      break;
    case 'T':
      put("%02d:%02d:%02d", hour, minute, second);
      break;
    case 'z': {
      const auto offset = n((local - t) / 60000), size = offset < 0 ? -offset : offset;
      put("%c%02d%02d", offset < 0 ? '-' : '+', size / 60, size % 60);
      break;
    }
    case 'Q':
      put("%lld", static_cast<long long>(t));
      break;
    case 'a':
      put("%.3s", weekdays[weekday_of(w) - 1]);
      break;
    case 'A':
      put("%s", weekdays[weekday_of(w) - 1]);
      break;
    case 'b':
      put("%.3s", months[month - 1]);
      break;
    case 'B':
      put("%s", months[month - 1]);
      break;
    default:
      *to++ = '%';
    }
  }
  return c.texts.keep(static_cast<std::size_t>(to - out));
}

tl::expected<prepared_argument, std::string> prepare_input(std::string_view literal) {
  std::string format(literal);
  if (const auto wrong = bad_time_format(format); !wrong.empty())
    return tl::unexpected("not a format of a time: " + wrong);
  return std::make_shared<const std::string>(std::move(format));
}

cell parse_time_text(const function_call& c) noexcept {
  try {
    const auto& format = *static_cast<const std::string*>(c.prepared[1].get());
    const auto t = parse_time(c.text(0), format, zone(c, 2));
    return t ? whole(*t) : cell{};
  } catch (...) { // the library's streams
    return {};
  }
}

cell time_of_event(const function_call& c) noexcept {
  return whole(c.texts.inputs().time_ms);
}
cell received(const function_call& c) noexcept {
  return whole(c.texts.inputs().received_ms);
}
cell device(const function_call& c) noexcept {
  return c.texts.make(c.texts.inputs().device);
}

} // namespace

std::vector<function_row> time_functions() {
  constexpr auto integer = value_type::integer, text = value_type::text;
  return {
      {"time", "time()", "The time of the event, in ms since 1970 UTC.", "time()", "1774747800000", "",
       integer, time_of_event},
      {"received", "received()", "When the message was received (journal time), in ms since 1970 UTC.",
       "received() - time()", "250", "", integer, received},
      {"year", "year(t, zone)",
       "The year of an instant t (ms since 1970 UTC), on the clocks of the "
       "zone.",
       "year(time())", "2026", "i|Z", integer, of_wall<year_of>},
      {"month", "month(t, zone)", "The month, 1 to 12.", "month(time())", "3", "i|Z", integer,
       of_wall<month_of>},
      {"day", "day(t, zone)", "The day of the month, from 1.", "day(time())", "29", "i|Z", integer,
       of_wall<day_of>},
      {"hour", "hour(t, zone)", "The hour, 0 to 23.", "hour(time(), 'Europe/Berlin')", "3", "i|Z", integer,
       of_wall<hour_of>},
      {"minute", "minute(t, zone)", "The minute, 0 to 59.", "minute(time(), 'Asia/Kolkata')", "0", "i|Z",
       integer, of_wall<minute_of>},
      {"second", "second(t)", "The second, 0 to 59.", "second(time() + 1500)", "1", "i", integer,
       of_wall<second_of>},
      {"day_of_week", "day_of_week(t, zone)", "1 = Monday to 7 = Sunday.", "day_of_week(time())", "7", "i|Z",
       integer, of_wall<weekday_of>},
      {"day_of_year", "day_of_year(t, zone)", "The day of the year, from 1.", "day_of_year(time())", "88",
       "i|Z", integer, of_wall<yearday_of>},
      {"date_trunc", "date_trunc('unit', t, zone)",
       "The instant at which the second, minute, hour, day, week (from "
       "Monday), month, quarter or year began.",
       "date_trunc('day', time(), 'Europe/Berlin')", "1774738800000", "Ti|Z", integer, date_trunc, false,
       prepare_unit},
      {"format_time", "format_time(t, 'format', zone)",
       "The instant as text: %Y %m %d %H %M %S, %L (ms), %j (day of the year), "
       "%u (day of the week), %F (%Y-%m-%d), "
       "%T (%H:%M:%S), %z (+0200), %Q (ms since 1970), %a %A %b %B (English "
       "names), %e, %%.",
       "format_time(time(), '%F %H:%M', 'Europe/Berlin')", "'2026-03-29 03:30'", "iT|Z", text, format_time,
       false, prepare_output},
      {"parse_time", "parse_time(t, 'format', zone)",
       "The instant of a text in that format (the letters of `time: format`); "
       "missing when it does not match.",
       "parse_time('29.03.2026 03:30', '%d.%m.%Y %H:%M', 'Europe/Berlin')", "1774747800000", "tT|Z", integer,
       parse_time_text, false, prepare_input},
  };
}

std::vector<function_row> event_functions() {
  return {{"device", "device()", "The device of the event.", "device()", "'room-1'", "", value_type::text,
           device}};
}

} // namespace sluice
