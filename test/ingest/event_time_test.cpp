#include "actors/ingest/decode/event_time.hpp"

#include <limits>

#include <doctest/doctest.h>

using namespace sluice;
using std::chrono::milliseconds;

namespace {
constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min(),
                       most = std::numeric_limits<std::int64_t>::max();
}

TEST_CASE("a numeric time is milliseconds unless unit says otherwise, cut to whole milliseconds") {
  struct row {
    std::int64_t value;
    time_unit unit;
    std::optional<std::int64_t> want;
  };
  for (const auto& r :
       {row{1423018800000, time_unit::ms, 1423018800000}, row{1423018800, time_unit::s, 1423018800000},
        row{1423018800000999, time_unit::us, 1423018800000},
        row{1423018800000999999, time_unit::ns, 1423018800000}, row{0, time_unit::ms, 0},
        row{-1, time_unit::us, -1}, row{-1000, time_unit::us, -1}, row{-1001, time_unit::us, -2},
        row{253402300799999, time_unit::ms, 253402300799999}, row{253402300800000, time_unit::ms, {}},
        row{253402300799, time_unit::s, 253402300799000}, row{253402300800, time_unit::s, {}},
        row{-62135596800000, time_unit::ms, -62135596800000}, row{-62135596800001, time_unit::ms, {}},
        row{most, time_unit::s, {}}, row{least, time_unit::s, {}}, row{most, time_unit::ms, {}},
        row{least, time_unit::us, {}}, row{most, time_unit::ns, 9223372036854}}) {
    CAPTURE(r.value);
    CHECK(time_from_integer(r.value, r.unit) == r.want);
  }
}

TEST_CASE("a fractional time is rounded to the microsecond and cut to the millisecond") {
  struct row {
    double value;
    time_unit unit;
    std::optional<std::int64_t> want;
  };
  for (const auto& r :
       {row{1423018800.001, time_unit::s, 1423018800001}, row{1423018800.123, time_unit::s, 1423018800123},
        row{1423018800.9996, time_unit::s, 1423018800999},
        row{1423018800.9999999, time_unit::s, 1423018801000},
        row{1423018800000.7, time_unit::ms, 1423018800000}, row{-0.0005, time_unit::s, -1},
        row{1e300, time_unit::s, {}}, row{-1e300, time_unit::ns, {}},
        row{1.4230188e18, time_unit::ns, 1423018800000}, row{1e-300, time_unit::s, 0},
        row{9.3e18, time_unit::ms, {}}}) {
    CAPTURE(r.value);
    CHECK(time_from_number(r.value, r.unit) == r.want);
  }
}

TEST_CASE("every millisecond of a day survives as fractional seconds") {
  for (std::int64_t ms = 1423018800000; ms < 1423018800000 + 86'400'000; ms += 997)
    REQUIRE(time_from_number(static_cast<double>(ms) / 1000, time_unit::s) == ms);
}

TEST_CASE("a text time is RFC 3339") {
  struct row {
    const char* text;
    std::optional<std::int64_t> want;
  };
  for (const auto& r : {
           row{"1970-01-01T00:00:00Z", 0},
           row{"2015-02-04T03:00:00Z", 1423018800000},
           row{"2015-02-04t03:00:00z", 1423018800000},
           row{"2015-02-04 03:00:00Z", 1423018800000},
           row{"2015-02-04T04:30:00+01:30", 1423018800000},
           row{"2015-02-03T22:00:00-05:00", 1423018800000},
           row{"2015-02-04T03:00:00-00:00", 1423018800000},
           row{"2015-02-04T03:00:00.5Z", 1423018800500},
           row{"2015-02-04T03:00:00.0019Z", 1423018800001},
           row{"2015-02-04T03:00:00.99999999999999999999Z", 1423018800999},
           row{"1969-12-31T23:59:59.999Z", -1},
           row{"2000-02-29T00:00:00Z", 951782400000},
           row{"2016-12-31T23:59:60Z", 1483228800000}, // the leap second: the first second of the next day
           row{"2016-12-31T23:59:60.25Z", 1483228800250},
           row{"2017-01-01T00:59:60+01:00", 1483228800000},
           row{"2015-06-30T23:59:60Z", 1435708800000},
           row{"0001-01-01T00:00:00Z", -62135596800000},
           row{"9999-12-31T23:59:59.999Z", 253402300799999},
           row{"9999-12-31T23:59:59-00:01", {}}, // year 10000
           row{"0001-01-01T00:00:00+00:01", {}},
           row{"0000-01-01T00:00:00Z", {}},
           row{"2016-12-31T22:59:60Z", {}}, // no leap second there
           row{"2016-12-30T23:59:60Z", {}},
           row{"2015-02-04T03:00:61Z", {}},
           row{"2015-02-29T00:00:00Z", {}},
           row{"1900-02-29T00:00:00Z", {}},
           row{"2015-13-01T00:00:00Z", {}},
           row{"2015-00-01T00:00:00Z", {}},
           row{"2015-01-00T00:00:00Z", {}},
           row{"2015-01-32T00:00:00Z", {}},
           row{"2015-02-04T24:00:00Z", {}},
           row{"2015-02-04T03:60:00Z", {}},
           row{"2015-02-04T03:00:00", {}}, // no offset: nobody knows when
           row{"2015-02-04T03:00:00+0100", {}},
           row{"2015-02-04T03:00:00+24:00", {}},
           row{"2015-02-04T03:00:00+01:60", {}},
           row{"2015-02-04T03:00:00.Z", {}},
           row{"2015-02-04T03:00:00,5Z", {}},
           row{"2015-02-04T03:00:00Z ", {}},
           row{" 2015-02-04T03:00:00Z", {}},
           row{"2015-2-4T03:00:00Z", {}},
           row{"2015-02-04", {}},
           row{"20150204T030000Z", {}},
           row{"yesterday", {}},
           row{"", {}},
       }) {
    CAPTURE(r.text);
    CHECK(time_from_text(r.text) == r.want);
  }
}

TEST_CASE("later than journal time + future is time.future, before oldest is time.ancient") {
  decode_options o; // future 5 m, oldest 2000-01-01
  const std::int64_t now = 1423018800000;
  CHECK(judge_time(now + 300'000, now, o, true) == plausibility::good);
  CHECK(judge_time(now + 300'001, now, o, true) == plausibility::future);
  CHECK(judge_time(946684800000, now, o, true) == plausibility::good);
  CHECK(judge_time(946684799999, now, o, true) == plausibility::ancient);
  o.oldest_ms = now - 1;
  CHECK(judge_time(now - 2, now, o, true) == plausibility::ancient);
}

TEST_CASE("the future check rests while the wall clock is not trusted, and when it is off") {
  decode_options o;
  const std::int64_t now = 1423018800000;
  CHECK(judge_time(now + 86'400'000, now, o, false) == plausibility::good);
  CHECK(judge_time(0, now, o, false) == plausibility::ancient);
  o.future.reset();
  CHECK(judge_time(253402300799999, now, o, true) == plausibility::good);
}
