// The times of rows that are replayed or learned from.
#include "actors/ingest/file/row_time.hpp"

#include <doctest/doctest.h>

using namespace sluice;

namespace {

// The time in column t, or what is wrong with it.
std::string found(const std::string& row, const time_reader& reader = {}) {
  const auto ms = time_of_row(row_file::row::parse(row), "t", reader);
  if (ms) return std::to_string(*ms);
  CHECK(ms.error().code == ec::invalid);
  return ms.error().text;
}

} // namespace

TEST_CASE("the time of a row is a number in its unit, or a text") {
  CHECK(found(R"({"t":1500})") == "1500");
  CHECK(found(R"({"a":1,"t":"1970-01-01T00:00:01Z"})") == "1000");
  const auto seconds = time_reader::make({false, "t", time_unit::s});
  REQUIRE(seconds);
  CHECK(found(R"({"t":1.5})", *seconds) == "1500");
}

TEST_CASE("a row without a time says what it has in its place") {
  const auto want = ", want " + time_reader().wanted() + ")";
  CHECK(found(R"({"t":"noon"})") == "column t is no time (got \"noon\"" + want);
  CHECK(found(R"({"t":true})") == "column t is no time (got true" + want);
  CHECK(found(R"({"t":null})") == "no time in column t");
  CHECK(found(R"({"a":1})") == "no time in column t");
}
