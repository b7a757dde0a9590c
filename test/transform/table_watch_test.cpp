// When a changed look-up file is taken.
#include "actors/transform/table_watch.hpp"

#include <doctest/doctest.h>

using namespace sluice;

namespace {

table_watch watch(std::string_view content = "room,floor,area\na,1,20\n") {
  auto made = table_watch::make(
      {{"rooms.csv", ',', {"room"}, {"floor"}}, {"rooms.csv", ',', {"floor"}, {"area"}}}, content);
  REQUIRE_MESSAGE(made, (made ? "" : made.error().text));
  return std::move(*made);
}
constexpr file_look first{1, 10, 100}, second{1, 11, 200}, third{2, 11, 200};

} // namespace

TEST_CASE("a file is read when it has come to rest, once") {
  auto w = watch();
  CHECK_FALSE(w.should_read(first));
  CHECK(w.should_read(first));
  CHECK_FALSE(w.should_read(first));
  CHECK_FALSE(w.should_read(second)); // still being written
  CHECK_FALSE(w.should_read(third));
  CHECK(w.should_read(third));
}

TEST_CASE("a file that goes away is said, and read again when it is back") {
  auto w = watch();
  w.should_read(first), w.should_read(first);
  CHECK_FALSE(w.should_read(std::nullopt));
  CHECK(w.trouble() == "rooms.csv is not there");
  CHECK_FALSE(w.should_read(first));
  CHECK(w.should_read(first));
  CHECK_FALSE(w.is_news("room,floor,area\na,1,20\n"));
  CHECK(w.trouble() == "");
}

TEST_CASE("another good content is news until it is adopted") {
  auto w = watch();
  const auto before = w.in_force();
  CHECK_FALSE(w.is_news("room,floor,area\na,1,20\n"));
  CHECK(w.is_news("room,floor,area\na,2,20\n"));
  CHECK(w.in_force() == before);
  w.adopt();
  CHECK(w.in_force() != before);
  CHECK_FALSE(w.is_news("room,floor,area\na,2,20\n"));
  CHECK(w.trouble() == "");
}

TEST_CASE("a content that is bad for one of its readers leaves the table as it is, with the reason") {
  auto w = watch();
  const auto before = w.in_force();
  CHECK_FALSE(w.is_news("room,floor\na,1\n"));
  CHECK(w.trouble() == "rooms.csv:1: there is no such column (got \"area\", want one of room, floor)");
  CHECK_FALSE(w.is_news("room,floor,area\na,1,20\nb,1,30\n")); // floor is the key of the second reader
  CHECK(w.trouble() == "rooms.csv:3: the key is in the table twice (got \"1\", first in line 2)");
  CHECK_FALSE(w.is_news("room,floor,area\na,first,20\n"));
  CHECK(w.trouble() ==
        "rooms.csv: column \"floor\" has another type (got text, want integer); a restart takes it");
  CHECK(w.in_force() == before);
  CHECK_FALSE(w.is_news("room,floor,area\na,1,20\n"));
  CHECK(w.trouble() == "");
}

TEST_CASE("what could not be read or kept is tried again") {
  auto w = watch();
  w.should_read(first);
  CHECK(w.should_read(first));
  w.failed("rooms.csv cannot be read");
  CHECK(w.trouble() == "rooms.csv cannot be read");
  CHECK(w.should_read(first));
}

TEST_CASE("a content in force that does not fit its reader is an error") {
  CHECK_FALSE(table_watch::make({{"rooms.csv", ',', {"room"}, {"area"}}}, "room,floor\na,1\n"));
}
