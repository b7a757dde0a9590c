#include <doctest/doctest.h>

#include "config/units.hpp"

using namespace sluice::config;
using namespace std::chrono_literals;

TEST_CASE("durations are whole numbers with units, largest first") {
  CHECK(parse_duration("5m") == 5min);
  CHECK(parse_duration("500ms") == 500ms);
  CHECK(parse_duration("8h") == 8h);
  CHECK(parse_duration("1d") == 24h);
  CHECK(parse_duration("30d") == 720h);
  CHECK(parse_duration("1h30m") == 90min);
  CHECK(parse_duration("1m500ms") == 60500ms);
  CHECK(parse_duration("0s") == 0ms);
  for (const char* bad : {"", "5", "m", "5 m", "-5m", "5M", "5min", "1.5h", "5m1h", "5m5m", "5mm", "0x5s",
                          "99999999999999999999s", "999999999999999d", " 5m", "5m "}) {
    CAPTURE(std::string(bad));
    CHECK(!parse_duration(bad));
  }
}

TEST_CASE("printed durations are read back equal") {
  CHECK(format_duration(8min) == "8m");
  CHECK(format_duration(720h) == "30d");
  CHECK(format_duration(0ms) == "0s");
  for (const auto d : {1ms, 999ms, 1000ms, 1500ms, 60000ms, 61000ms, 3600000ms, 86400000ms, 90000000ms})
    CHECK(parse_duration(format_duration(d)) == d);
}

TEST_CASE("sizes know powers of 1000 and of 1024") {
  CHECK(parse_size("256KiB") == 262144u);
  CHECK(parse_size("8GiB") == 8589934592u);
  CHECK(parse_size("10MB") == 10000000u);
  CHECK(parse_size("1kB") == 1000u);
  CHECK(parse_size("0B") == 0u);
  CHECK(parse_size("2TiB") == 2199023255552u);
  for (const char* bad : {"", "8", "8G", "8 GiB", "8gib", "-1B", "1.5GiB", "99999999TiB", "KiB"}) {
    CAPTURE(std::string(bad));
    CHECK(!parse_size(bad));
  }
  CHECK(format_size(262144) == "256KiB");
  CHECK(format_size(10000000) == "10MB");
  CHECK(format_size(1) == "1B");
  CHECK(format_size(0) == "0B");
  for (const std::uint64_t n : {1ull, 1023ull, 1024ull, 65536ull, 1000000ull, 8ull << 30})
    CHECK(parse_size(format_size(n)) == n);
}

TEST_CASE("dates are days of the Gregorian calendar, in UTC") {
  CHECK(parse_date("1970-01-01") == 0);
  CHECK(parse_date("2000-01-01") == 946684800000);
  CHECK(parse_date("2000-02-29") == 951782400000);
  CHECK(parse_date("2000-01-01T00:00:01Z") == 946684801000);
  CHECK(parse_date("1969-12-31") == -86400000);
  for (const char* bad : {"1999-02-29", "2000-13-01", "2000-1-1", "2000/01/01", "2000-01-01T24:00:00Z", "now",
                          "2000-01-01T00:00:00", "0000-01-01"}) {
    CAPTURE(std::string(bad));
    CHECK(!parse_date(bad));
  }
  CHECK(format_date(946684800000) == "2000-01-01");
  CHECK(format_date(946684801000) == "2000-01-01T00:00:01Z");
  CHECK(format_date(-86400000) == "1969-12-31");
}
