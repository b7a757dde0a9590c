#include "actors/publish/thingsboard/in_flight.hpp"

#include <doctest/doctest.h>

using namespace sluice::thingsboard;
using namespace std::chrono_literals;

TEST_CASE("acknowledgements are matched by token in any order, and duplicates are tolerated") {
  in_flight flights;
  flights.add(70, {1}, false, 0ms);
  flights.add(5, {2, 3}, false, 1ms);
  CHECK(flights.waiting() == 2);
  CHECK_FALSE(flights.any_acknowledged());
  CHECK(flights.acknowledged(5)->records == std::vector<std::uint64_t>{2, 3});
  CHECK_FALSE(flights.acknowledged(5));
  CHECK_FALSE(flights.acknowledged(99));
  CHECK(flights.acknowledged_after(1));
  CHECK_FALSE(flights.acknowledged_after(2));
  CHECK(flights.acknowledged(70)->order == 1);
  CHECK(flights.waiting() == 0);
}

TEST_CASE("an abandoned publish waits no more, but its late acknowledgement counts") {
  in_flight flights;
  flights.add(1, {1}, false, 0ms);
  flights.add(2, {2}, false, 10ms);
  CHECK(flights.sent_until(5ms) == std::vector<std::uint64_t>{1});
  CHECK(flights.oldest() == 0ms);
  flights.abandon(1);
  flights.abandon(1);
  CHECK(flights.waiting() == 1);
  CHECK(flights.oldest() == 10ms);
  CHECK(flights.sent_until(5ms).empty());
  CHECK(flights.acknowledged(1)->abandoned);
  CHECK(flights.waiting() == 1);
}

TEST_CASE("at the end of a connection everything unacknowledged comes back in the order of sending") {
  in_flight flights;
  flights.add(9, {1}, false, 0ms);
  flights.add(3, {2}, false, 0ms);
  flights.add(6, {3}, false, 0ms);
  flights.acknowledged(3);
  auto left = flights.clear();
  REQUIRE(left.size() == 2);
  CHECK(left[0].records.front() == 1);
  CHECK(left[1].records.front() == 3);
  CHECK(flights.waiting() == 0);
  CHECK_FALSE(flights.any_acknowledged());
}
