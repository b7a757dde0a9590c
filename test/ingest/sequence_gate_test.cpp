// Sequence numbers judged by the reader, per device, across checkpoints.
#include "actors/ingest/sequence_gate.hpp"

#include <doctest/doctest.h>

#include "test/store/store_fixture.hpp"

using namespace sluice;
using namespace std::chrono_literals;

namespace {

using v = sequence_verdict;

v judge(sequence_gate& gate, std::string_view device, std::uint64_t number, std::int64_t time,
        std::int64_t received = 1000) {
  return gate.judge(device, number, time, received, false, true).what;
}

std::unique_ptr<store> open(const test::temp_dir& dir) {
  auto opened = store::open(dir.path(), test::process_options(), {}, {});
  REQUIRE(opened);
  return std::move(*opened);
}

void commit(store& state, std::vector<state_write> writes) {
  checkpoint c;
  c.reader.state = std::move(writes);
  REQUIRE(state.commit(std::move(c)));
}

} // namespace

TEST_CASE("sequence sets stay per device whatever the pipelines' keys are") {
  sequence_gate gate("field", 1h);
  CHECK(judge(gate, "a", 1, 10) == v::fresh);
  CHECK(judge(gate, "b", 1, 10) == v::fresh);
  CHECK(judge(gate, "a", 1, 10) == v::duplicate);
  CHECK(judge(gate, "a", 2, 11) == v::fresh);
  CHECK(judge(gate, "b", 1, 10) == v::duplicate);
}

TEST_CASE("a device that restarted counts anew, never by arrival time") {
  sequence_gate gate("field", 1h);
  CHECK(judge(gate, "a", 5, 10) == v::fresh);
  CHECK(judge(gate, "a", 5, 20) == v::restarted);
  CHECK(gate.judge("a", 5, 30, 1000, true, true).what == v::duplicate);
}

TEST_CASE("a number below the forgotten gaps is too old and says below what") {
  sequence_gate gate("field", 1h);
  for (std::uint64_t i = 0; i < 40; ++i) judge(gate, "a", 100 + 2 * i, 10);
  const auto judged = gate.judge("a", 101, 5, 1000, false, true);
  CHECK(judged.what == v::too_old);
  CHECK(judged.forgotten_below > 101);
}

TEST_CASE("only devices that sent something since the last checkpoint are saved") {
  test::temp_dir dir;
  auto state = open(dir);
  sequence_gate gate("field", 1h);
  for (const char* device : {"a", "b", "c"}) judge(gate, device, 7, 10);
  std::vector<state_write> writes;
  gate.take_writes(writes);
  CHECK(writes.size() == 3);
  commit(*state, std::move(writes));
  judge(gate, "b", 8, 11);
  judge(gate, "b", 9, 12);
  writes.clear();
  gate.take_writes(writes);
  CHECK(writes.size() == 1);
  commit(*state, std::move(writes));

  sequence_gate other("fields", 1h), again("field", 1h);
  REQUIRE(other.load(*state));
  CHECK(other.devices() == 0);
  REQUIRE(again.load(*state));
  CHECK(again.devices() == 3);
  CHECK(judge(again, "a", 7, 10) == v::duplicate);
  CHECK(judge(again, "b", 8, 11) == v::duplicate);
  CHECK(judge(again, "b", 10, 13) == v::fresh);
}

TEST_CASE("damaged numbers in the store are an error that names the device") {
  test::temp_dir dir;
  auto state = open(dir);
  commit(*state, {{state_family::source, "sequence|field|room-1", "x"}});
  sequence_gate gate("field", 1h);
  const auto loaded = gate.load(*state);
  REQUIRE(!loaded);
  CHECK(loaded.error().code == ec::corrupt);
  CHECK(loaded.error().text.find("room-1") != std::string::npos);
}

TEST_CASE("a device silent for device.forget is new again, with or without a tick between") {
  const auto hour = 3'600'000;
  for (const bool ticks : {false, true}) {
    CAPTURE(ticks);
    sequence_gate gate("field", 2h);
    judge(gate, "a", 7, 10, 1000);
    judge(gate, "b", 7, 10, 1000 + hour);
    if (ticks) gate.tick(1000 + 2 * hour);
    CHECK(gate.devices() == (ticks ? 1 : 2));
    CHECK(judge(gate, "a", 7, 10, 1000 + 2 * hour) == v::fresh);
    CHECK(judge(gate, "b", 7, 10, 1000 + 2 * hour) == v::duplicate);
  }
}

TEST_CASE("a device that is forgotten goes from the store, and one that came back stays") {
  test::temp_dir dir;
  auto state = open(dir);
  const auto hour = 3'600'000;
  sequence_gate gate("field", 2h);
  judge(gate, "a", 7, 10, 1000);
  judge(gate, "b", 7, 10, 1000);
  std::vector<state_write> writes;
  gate.take_writes(writes);
  commit(*state, std::move(writes));
  gate.tick(1000 + 3 * hour);
  judge(gate, "b", 9, 20, 1000 + 3 * hour);
  writes.clear();
  gate.take_writes(writes);
  commit(*state, std::move(writes));
  sequence_gate again("field", 2h);
  REQUIRE(again.load(*state));
  CHECK(again.devices() == 1);
  CHECK(judge(again, "b", 9, 20, 1000 + 3 * hour) == v::duplicate);
}
