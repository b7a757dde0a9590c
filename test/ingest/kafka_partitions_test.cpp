// The partitions of an assignment: what the group is told of them, and what the status says.
#include "actors/ingest/kafka/kafka_partitions.hpp"

#include <doctest/doctest.h>

using namespace sluice;

TEST_CASE("the group is told each position once, and of a partition that makes its state again none") {
  kafka_partitions p;
  kafka_standings known{{{"a", 0}, {10, 0, 1, 4}}, {{"a", 1}, {20, 50, 2}}, {{"a", 2}, {7, 0, 3}}};
  p.told = {{{"a", 0}, -1}, {{"a", 1}, 50}};
  CHECK(p.untold(known) == std::vector<kafka_place>{{"a", 0, 10, "time=-1 takeover=4"}});
  CHECK(p.untold(known).empty());
  known[{"a", 1}].next = 60;
  CHECK(p.untold(known) == std::vector<kafka_place>{{"a", 1, 60, "time=-1 takeover=0"}});
}

TEST_CASE("the time beside a position is one that idleness has dealt with") {
  kafka_partitions p;
  kafka_standings known{{{"a", 0}, {10, 0, 1, 4, 5000}}};
  p.told = {{{"a", 0}, -1}};
  p.turn(known);
  CHECK(p.untold(known)[0].note == "time=-1 takeover=4");
  known[{"a", 0}].next = 11, known[{"a", 0}].time_ms = 6000;
  p.turn(known);
  CHECK(p.untold(known)[0].note == "time=5000 takeover=4");
}

TEST_CASE("the reason names the worst first") {
  kafka_partitions p;
  const kafka_standings known{{{"a", 0}, {10, 50, 1}}, {{"a", 1}, {20, 50, 2}}, {{"a", 2}, {7, 0, 3}}};
  CHECK(p.reason(known, "x", "y") == "");
  p.shared = true;
  CHECK(p.reason(known, "x", "").empty());
  CHECK(p.reason(known, "x", "y")
            .starts_with("other processes read partitions of the same topics, and the keys of y"));
  p.foreign = {{{"a", 2}, 7}};
  CHECK(p.reason(known, "x", "y") ==
        "a[2]: another process has read up to offset 7, and what x remembers of it stayed there");
  p.told = {{{"a", 0}, 50}, {{"a", 1}, 50}, {{"a", 2}, 7}};
  CHECK(p.reason(known, "x", "y") ==
        "a[0]: its state is made again, at offset 10 of 50 (and 1 more partitions)");
  p.stopped = {{{"a", 3}, "it is gone"}};
  CHECK(p.reason(known, "x", "y") == "a[3]: it is gone");
}
