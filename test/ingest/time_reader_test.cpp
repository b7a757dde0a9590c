// Event times by unit, by format and zone.
#include "actors/ingest/decode/time_reader.hpp"

#include <doctest/doctest.h>

using namespace sluice;

namespace {

time_reader reader_of(const std::string& format, const std::string& zone = "") {
  time_options o{false, "$.t", time_unit::ms, format, zone};
  auto made = time_reader::make(o);
  REQUIRE(made);
  return std::move(*made);
}

std::optional<std::int64_t> read(const time_reader& r, std::string_view text) {
  return r.read(found_value::of_text(text));
}

} // namespace

TEST_CASE("a time by format is the clock of its zone") {
  const auto berlin = reader_of("%d.%m.%Y %H:%M", "Europe/Berlin");
  CHECK(read(berlin, "04.02.2015 04:00") == 1423018800000);
  CHECK(read(berlin, "04.07.2015 05:00") == 1435978800000); // summer
  CHECK(read(reader_of("%d.%m.%Y %H:%M"), "04.02.2015 03:00") == 1423018800000);
  CHECK(read(reader_of("%Y-%m-%d %H:%M:%S", "Europe/Brussels"), "2015-02-04 04:00:00") == 1423018800000);
  CHECK(read(reader_of("%F %T", "Europe/Brussels"), "2015-02-04 04:00:00") == 1423018800000);
  CHECK(read(reader_of("%Y%m%d"), "20150204") == 1423008000000);
  CHECK(reader_of("%Y%m%d").read({found_value::kind::integer, slot::of(std::int64_t{20150204}), {}}) ==
        1423008000000);
}

TEST_CASE("both changes of daylight saving have an answer") {
  const auto berlin = reader_of("%Y-%m-%d %H:%M", "Europe/Berlin");
  CHECK(read(berlin, "2024-10-27 02:30") == 1729989000000); // shown twice: the first, 00:30 UTC
  CHECK(read(berlin, "2024-03-31 02:30") ==
        1711846800000); // never shown: the moment of the change, 01:00 UTC
}

TEST_CASE("what the quick way does not take, the library reads") {
  const auto r = reader_of("%Y-%m-%d %H:%M:%S");
  CHECK(read(r, "2015-02-04 03:00:00.250") == 1423018800250);
  CHECK(read(r, "2015-2-4 3:00:00") == 1423018800000);
  CHECK(read(reader_of("%d/%b/%Y:%H:%M:%S %z"), "04/Feb/2015:04:00:00 +0100") == 1423018800000);
}

TEST_CASE("a text that is not of the format is no time") {
  const auto r = reader_of("%Y-%m-%d %H:%M:%S");
  for (const char* text :
       {"", "2015-02-04", "2015-02-30 00:00:00", "2015-13-01 00:00:00", "2015-02-04 24:00:01",
        "2015-02-04 03:00:00 x", "04.02.2015 03:00:00", "x2015-02-04 03:00:00"}) {
    CAPTURE(text);
    CHECK(!read(r, text));
  }
  CHECK(!r.read({found_value::kind::number, slot::of(1.5), {}}));
  CHECK(!r.read({found_value::kind::boolean, slot::of(true), {}}));
}

TEST_CASE("a zone that does not exist is refused") {
  CHECK(!time_reader::make({false, "$.t", time_unit::ms, "%F", "Europe/Berlln"}));
}
