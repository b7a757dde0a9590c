// Lengths and grids of windows: the calendar, both changes of the clock, the shapes that fit and those that
// do not.
#include <random>

#include <doctest/doctest.h>

#include "actors/window/watermark.hpp"
#include "actors/window/window_shape.hpp"

using namespace sluice;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t hour = 3600000, day = 24 * hour;

time_zone zone(const std::string& name) {
  auto z = time_zone::find(name);
  REQUIRE_MESSAGE(z, (z ? "" : z.error().text));
  return *z;
}

std::int64_t at(const std::string& text, const std::string& zone_name = "UTC") {
  const auto t = parse_time(text, "%Y-%m-%d %H:%M", zone(zone_name));
  REQUIRE(t);
  return *t;
}

window_options tumbling(window_length size, const std::string& timezone,
                        std::chrono::milliseconds offset = 0ms) {
  window_options o;
  o.size = size, o.timezone = timezone, o.offset = offset;
  return o;
}

// The window of `o` that holds the local time.
std::pair<std::int64_t, std::int64_t> window_at(const window_options& o, const std::string& local) {
  const auto shape = shape_of(o);
  REQUIRE_MESSAGE(shape, (shape ? "" : shape.error().text));
  const auto i = shape->grid.index(at(local, o.timezone));
  return {shape->grid.start(i), shape->grid.start(i + 1)};
}
using span = std::pair<std::int64_t, std::int64_t>;

} // namespace

TEST_CASE("lengths are durations, or whole weeks, months and years, and print as they are read") {
  for (const char* text : {"1m", "1500ms", "1d", "1w", "2w", "1mo", "3mo", "1y"}) {
    const auto l = parse_window_length(text);
    REQUIRE(l);
    CHECK(format_window_length(*l) == text);
  }
  CHECK(parse_window_length("60s") == window_length(1min));
  CHECK(parse_window_length("1mo")->count() == 31 * day);
  for (const char* text : {"", "w", "1.5mo", "-1w", "1 w", "1mow", "9999999y", "mo"})
    CHECK_FALSE(parse_window_length(text));
}

TEST_CASE("a day in a zone has 23 hours when the clock is put forward and 25 when it is put back") {
  const auto o = tumbling(24h, "Europe/Berlin");
  CHECK(window_at(o, "2024-03-31 12:00") == span{at("2024-03-30 23:00"), at("2024-03-31 22:00")});
  CHECK(window_at(o, "2024-10-27 12:00") == span{at("2024-10-26 22:00"), at("2024-10-27 23:00")});
  CHECK(window_at(o, "2024-07-01 12:00") == span{at("2024-06-30 22:00"), at("2024-07-01 22:00")});
}

TEST_CASE("an offset moves the day on the wall clock, also on the days of the change") {
  const auto o = tumbling(24h, "Europe/Berlin", 6h);
  CHECK(window_at(o, "2024-03-31 05:59") == span{at("2024-03-30 05:00"), at("2024-03-31 04:00")});
  CHECK(window_at(o, "2024-03-31 06:00") == span{at("2024-03-31 04:00"), at("2024-04-01 04:00")});
  // 02:30 does not exist on that day: the window begins when the clock is changed, at 01:00 UTC.
  const auto odd = tumbling(24h, "Europe/Berlin", 2h + 30min);
  CHECK(window_at(odd, "2024-03-31 12:00") == span{at("2024-03-31 01:00"), at("2024-04-01 00:30")});
  // In October it is there twice: the first one counts.
  CHECK(window_at(odd, "2024-10-27 12:00") == span{at("2024-10-27 00:30"), at("2024-10-28 01:30")});
}

TEST_CASE("weeks begin on Monday, months and years with the calendar, quarters in January") {
  CHECK(window_at(tumbling({1, length_unit::week}, "UTC"), "2024-02-29 12:00") ==
        span{at("2024-02-26 00:00"), at("2024-03-04 00:00")});
  CHECK(window_at(tumbling({1, length_unit::week}, "Europe/Berlin"), "2024-03-31 12:00") ==
        span{at("2024-03-24 23:00"), at("2024-03-31 22:00")});
  CHECK(window_at(tumbling({1, length_unit::month}, "UTC"), "2024-02-29 12:00") ==
        span{at("2024-02-01 00:00"), at("2024-03-01 00:00")});
  CHECK(window_at(tumbling({3, length_unit::month}, "America/New_York"), "2023-05-05 12:00") ==
        span{at("2023-04-01 04:00"), at("2023-07-01 04:00")});
  CHECK(window_at(tumbling({1, length_unit::year}, "Asia/Kolkata"), "2023-05-05 12:00") ==
        span{at("2022-12-31 18:30"), at("2023-12-31 18:30")});
  CHECK(window_at(tumbling(24h, "UTC", 6h), "2024-01-01 05:00") ==
        span{at("2023-12-31 06:00"), at("2024-01-01 06:00")});
}

TEST_CASE("every time lies in its pane and panes follow each other without gap") {
  std::mt19937_64 random(3);
  const auto below = [&](std::int64_t n) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n));
  };
  using unit = window_grid::unit;
  std::vector<window_grid> grids{window_grid::fixed(60000, 0), window_grid::fixed(7 * day, 4 * day),
                                 window_grid::fixed(1, 0)};
  for (const char* name :
       {"Europe/Berlin", "Asia/Kolkata", "America/St_Johns", "Pacific/Apia", "Australia/Lord_Howe"})
    for (const auto u : {unit::day, unit::week, unit::month})
      for (const auto offset : {std::int64_t{0}, 2 * hour + 1800000, 6 * hour})
        grids.push_back(window_grid::calendar(u, 1 + below(3), offset, zone(name)));
  for (const auto& g : grids)
    for (int n = 0; n < 400; ++n) {
      const auto t = n < 200 ? 1700000000000 + below(400 * day) : below(200000 * day) - 100000 * day;
      const auto i = g.index(t);
      CAPTURE(t);
      REQUIRE(g.start(i) <= t);
      REQUIRE(t < g.start(i + 1));
      REQUIRE(g.index(g.start(i)) == i);
      REQUIRE(g.index(g.start(i + 1) - 1) == i);
    }
}

TEST_CASE("a grid holds at the ends of int64") {
  for (const auto& g : {window_grid::fixed(60000, 30000),
                        window_grid::calendar(window_grid::unit::month, 1, 0, zone("Europe/Berlin"))}) {
    for (const auto t : {no_time + 1, std::numeric_limits<std::int64_t>::max()}) {
      const auto i = g.index(t);
      CHECK(g.start(i) <= t);
      CHECK(g.start(i + 1) >= t);
    }
  }
}

TEST_CASE("hopping windows are cut into panes of the greatest common divisor") {
  window_options o;
  o.kind = window_kind::hopping;
  const auto shape = [&](window_length size, window_length every, const char* name = "UTC") {
    o.size = size, o.every = every, o.timezone = name;
    const auto s = shape_of(o);
    return s ? std::to_string(s->panes) + "/" + std::to_string(s->step) : s.error().text;
  };
  CHECK(shape(1h, 1min) == "60/1");
  CHECK(shape(90s, 1min) == "3/2");
  CHECK(shape(1h, 1h) == "1/1");
  CHECK(shape(7 * 24h, 24h, "Europe/Berlin") == "7/1");
  CHECK(shape({1, length_unit::week}, 24h, "Europe/Berlin") == "7/1");
  CHECK(shape({1, length_unit::week}, 24h) == "7/1");
  CHECK(shape(14 * 24h, {1, length_unit::week}) == "2/1");
  CHECK(shape({1, length_unit::year}, {1, length_unit::month}) == "12/1");
  CHECK(shape(1min, 1h) == "window.hopping.every is longer than size (got 1h, want at most 1m)");
  CHECK(shape({1, length_unit::month}, 24h) == "window.hopping.size and every do not fit each other (got 1mo "
                                               "and 1d, want both of days and weeks, or of "
                                               "months and years)");
  CHECK(shape(24h, 1s) ==
        "window.hopping consists of too many panes: size / the greatest common divisor of size and every "
        "(got 86400, want at most 3600)");
  CHECK(shape(1h, 1min, "Europe/Berlin") == "window.timezone is for windows of whole days, weeks, months or "
                                            "years (got 1h, want e.g. 1d; `offset: 30m` "
                                            "moves windows of hours)");
  CHECK(shape(24h, 24h, "Europe/Berlim") ==
        "window.timezone: unknown time zone, did you mean \"Europe/Berlin\"? (got \"Europe/Berlim\", want "
        "e.g. Europe/Berlin)");
  o = tumbling(1h, "UTC", 1h);
  CHECK(shape_of(o).error().text ==
        "window.offset is not shorter than the windows are apart (got 1h, want less than 1h)");
}
