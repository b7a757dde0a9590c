#include "actors/window/window_shape.hpp"

#include <numeric>
#include <string>

#include "config/units.hpp"

namespace sluice {

namespace {

constexpr std::int64_t day_ms = 86400000;

tl::unexpected<error> refused(const std::string& what, const std::string& got, const std::string& want) {
  return fail(ec::invalid, what + " (got " + got + ", want " + want + ")");
}

// A length in panes' units: milliseconds on a clock without zone, else days, weeks or months.
struct measure {
  window_grid::unit unit = window_grid::unit::ms;
  std::int64_t amount = 0;
};

measure measured(const window_length& l, bool zoned) {
  switch (l.unit()) {
  case length_unit::week:
    return {window_grid::unit::week, l.amount()};
  case length_unit::month:
    return {window_grid::unit::month, l.amount()};
  case length_unit::year:
    return {window_grid::unit::month, 12 * l.amount()};
  case length_unit::ms:
    break;
  }
  if (zoned && l.whole_days()) return {window_grid::unit::day, l.amount() / day_ms};
  return {window_grid::unit::ms, l.amount()};
}

// Brings a length of days or weeks to the unit of the other one; false when it does not fit.
bool bring_to(measure& m, window_grid::unit unit) {
  using u = window_grid::unit;
  if (m.unit == unit) return true;
  const auto day = unit == u::day ? 1 : day_ms;
  if (m.unit == u::week && (unit == u::day || unit == u::ms)) {
    m = {unit, m.amount * 7 * day};
    return true;
  }
  const auto week = 7 * (m.unit == u::ms ? day_ms : 1);
  if (unit == u::week && (m.unit == u::day || m.unit == u::ms) && m.amount % week == 0) {
    m = {unit, m.amount / week};
    return true;
  }
  return false;
}

} // namespace

outcome<window_shape> shape_of(const window_options& o) {
  auto found = time_zone::find(o.timezone);
  if (!found)
    return refused("window.timezone: " + found.error().text, '"' + o.timezone + '"', "e.g. Europe/Berlin");
  const bool zoned = !found->is_utc(), hops = o.kind == window_kind::hopping;
  const auto& long_one = o.kind == window_kind::running ? o.every : o.size;
  for (const auto* l : {&long_one, &o.every})
    if (zoned && l->amount() != 0 && !l->whole_days())
      return refused("window.timezone is for windows of whole days, weeks, months or years",
                     format_window_length(*l), "e.g. 1d; `offset: 30m` moves windows of hours");
  auto size = measured(long_one, zoned), every = hops ? measured(o.every, zoned) : size;
  if (size.amount <= 0 || every.amount <= 0)
    return refused("the window's length is not positive",
                   format_window_length(size.amount <= 0 ? long_one : o.every), "e.g. 1m");
  if (!bring_to(size, every.unit))
    return refused("window.hopping.size and every do not fit each other",
                   format_window_length(o.size) + " and " + format_window_length(o.every),
                   "both of days and weeks, or of months and years");
  if (every.amount > size.amount)
    return refused("window.hopping.every is longer than size", format_window_length(o.every),
                   "at most " + format_window_length(o.size));
  const auto pane = std::gcd(size.amount, every.amount);
  const auto offset = o.offset.count();
  using u = window_grid::unit;
  const auto shortest = pane * (every.unit == u::ms     ? 1
                                : every.unit == u::day  ? day_ms
                                : every.unit == u::week ? 7 * day_ms
                                                        : 28 * day_ms);
  const auto step = every.amount / pane;
  if (offset < 0 || offset >= shortest * step)
    return refused("window.offset is not shorter than the windows are apart",
                   config::format_duration(o.offset),
                   "less than " + format_window_length(hops ? o.every : long_one));
  if (size.amount / pane > most_panes)
    return refused(
        "window.hopping consists of too many panes: size / the greatest common divisor of size and every",
        std::to_string(size.amount / pane), "at most " + std::to_string(most_panes));
  window_shape made;
  made.panes = size.amount / pane, made.step = step;
  if (every.unit == u::ms)
    made.grid = window_grid::fixed(pane, offset);
  else if (every.unit == u::week && !zoned)
    made.grid = window_grid::fixed(7 * day_ms * pane, 4 * day_ms + offset);
  else
    made.grid = window_grid::calendar(every.unit, pane, offset, *found);
  return made;
}

bool is_plain(const window_options& o) {
  return o.kind == window_kind::tumbling && o.size.unit() == length_unit::ms && o.offset.count() == 0 &&
         o.timezone == "UTC";
}

} // namespace sluice
