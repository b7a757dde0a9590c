#include <doctest/doctest.h>

#include "actors/publish/deliveries.hpp"

using namespace sluice;

TEST_CASE("what is delivered and what is given up move the cursor and are handed over once") {
  deliveries all("board", {});
  for (std::uint64_t sequence : {1, 2, 3}) REQUIRE(all.hand(sequence));
  CHECK(!all.take());
  all.delivered(1);
  all.bury({3, "climate", "climate|a|0|60", 2, "{}"}, reason::sink_refused, "plant/a", "PUBACK", "because");
  const auto progress = all.take();
  REQUIRE(progress);
  CHECK(progress->delivered == 1);
  CHECK(progress->cursor.acked == 1);
  CHECK(progress->cursor.above == std::vector<std::uint64_t>{3});
  REQUIRE(progress->dead.size() == 1);
  CHECK(!all.take());
  all.delivered(2);
  CHECK(all.take()->cursor.acked == 3);
}

TEST_CASE("the dead letter of a record has all by which it is sent again") {
  deliveries all("board", {});
  all.hand(7);
  all.bury({7, "climate", "climate|a|0|60", 2, R"({"x":1})"}, reason::sink_too_large, "plant/a", "record",
           "because");
  const auto letter = all.take()->dead.at(0);
  CHECK(letter.why == reason::sink_too_large);
  CHECK(letter.source == "board");
  CHECK(letter.pipeline == "climate");
  CHECK(letter.topic == "plant/a");
  CHECK(letter.where == "record");
  CHECK(letter.detail == "because");
  CHECK(letter.payload == R"({"x":1})");
  CHECK(letter.identity == "climate|a|0|60");
  CHECK(letter.revision == 2);
}

TEST_CASE("what is stored beside the cursor counts as progress") {
  deliveries all("board", {});
  all.touch();
  REQUIRE(all.take());
  CHECK(!all.take());
}
