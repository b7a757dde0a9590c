#include "config/time_zone.hpp"

#include <doctest/doctest.h>

using namespace sluice;

TEST_CASE("a zone knows its wall clock on both sides of a change") {
  const auto berlin = time_zone::find("Europe/Berlin");
  REQUIRE(berlin);
  // 2025-03-30 01:00 UTC: 02:00 becomes 03:00.
  constexpr std::int64_t change = 1743296400000;
  CHECK(berlin->to_local(change - 1) == change - 1 + 3600000);
  CHECK(berlin->to_local(change) == change + 7200000);
  CHECK(berlin->to_utc(change - 1 + 3600000) == change - 1);
  CHECK(berlin->to_utc(change + 7200000) == change);
  // 02:30 does not exist: the instant of the change.
  CHECK(berlin->to_utc(change + 3600000 + 1800000) == change);
}

TEST_CASE("a wall-clock time that comes twice is the first one") {
  const auto berlin = time_zone::find("Europe/Berlin");
  REQUIRE(berlin);
  constexpr std::int64_t change = 1761440400000; // 2025-10-26 01:00 UTC: 03:00 becomes 02:00
  CHECK(berlin->to_utc(change + 3600000 + 1800000) == change - 1800000);
  CHECK(berlin->to_local(change) == change + 3600000);
}

TEST_CASE("wall clock and instant agree over years, asked in any order") {
  const auto zone = time_zone::find("America/New_York");
  REQUIRE(zone);
  std::uint64_t state = 7;
  for (int i = 0; i < 20000; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    const auto t = static_cast<std::int64_t>(state >> 24) % 2000000000000;
    const auto back = zone->to_utc(zone->to_local(t));
    CHECK((back == t || back == t - 3600000)); // in the hour that comes twice the first one
  }
}

TEST_CASE("an unknown zone is refused with the nearest name") {
  const auto none = time_zone::find("Europe/Berlni");
  REQUIRE(!none);
  CHECK(none.error().text.find("Europe/Berlin") != std::string::npos);
}

TEST_CASE("texts are read by their format in their zone") {
  const auto berlin = time_zone::find("Europe/Berlin");
  REQUIRE(berlin);
  CHECK(parse_time("04.02.2015 17:51", "%d.%m.%Y %H:%M", *berlin) == 1423068660000);
  CHECK(parse_time("2015-02-04 17:51:00", "%Y-%m-%d %H:%M:%S", time_zone()) == 1423072260000);
  CHECK(parse_time("2015-02-04 17:51:00.250", "%Y-%m-%d %H:%M:%S", time_zone()) == 1423072260250);
  CHECK(parse_time("2015-02-04 17:51 +0100", "%Y-%m-%d %H:%M %z", *berlin) == 1423068660000);
  CHECK(parse_time("2015-02-14", "%Y-%m-%d", time_zone()) == 1423872000000);
  CHECK_FALSE(parse_time("2015-02-30", "%Y-%m-%d", time_zone()));
  CHECK_FALSE(parse_time("2015-02-14 ", "%Y-%m-%d", time_zone()));
  CHECK_FALSE(parse_time("noon", "%Y-%m-%d", time_zone()));
}

TEST_CASE("a format without a whole date is refused") {
  CHECK(bad_time_format("%d.%m.%Y %H:%M").empty());
  CHECK(bad_time_format("%Y-%m-%d").empty());
  CHECK_FALSE(bad_time_format("%H:%M").empty());
  CHECK_FALSE(bad_time_format("").empty());
}
