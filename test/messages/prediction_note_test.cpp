// Marks `unavailable`: as control records, and what they speak of.
#include <doctest/doctest.h>

#include "messages/prediction_note.hpp"

using namespace sluice;

TEST_CASE("a mark reads back from its control record") {
  const prediction_note note{"occupancy", 17, 90, 1, 4, "the model gives no answer within 2000 ms"};
  const auto record = to_control(note);
  CHECK(record.kind == control_kind::unavailable);
  CHECK(record.value == 17);
  CHECK(record.name == "occupancy 1/4 90 the model gives no answer within 2000 ms");
  const auto back = note_of(record);
  REQUIRE(back);
  CHECK(*back == note);
}

TEST_CASE("a record that is no mark is told from one") {
  for (const auto* name : {"", "occupancy", "occupancy 1/4", "occupancy 4/4 90 why", "occupancy x/4 90 why",
                           "occupancy 0/0 90 why", "occupancy 1/4 9o why"}) {
    CAPTURE(name);
    CHECK_FALSE(note_of({control_kind::unavailable, 1, 0, 17, name}));
  }
  CHECK_FALSE(note_of({control_kind::table, 1, 0, 17, "occupancy 1/4 90 why"}));
}

TEST_CASE("a mark covers its journal records in its share of the key slots") {
  const prediction_note note{"occupancy", 17, 90, 1, 4, ""};
  CHECK(note.covers(1, 17));
  CHECK(note.covers(61, 90));
  CHECK_FALSE(note.covers(1, 16));
  CHECK_FALSE(note.covers(1, 91));
  CHECK_FALSE(note.covers(2, 17));
}
