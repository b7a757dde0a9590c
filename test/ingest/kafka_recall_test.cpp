// Where a Kafka source goes on: behind what state and journal know, as far as a partition is ours.
#include "actors/ingest/kafka/kafka_recall.hpp"

#include <doctest/doctest.h>

#include "actors/ingest/kafka/kafka_stamp.hpp"
#include "test/store/store_fixture.hpp"

using namespace sluice;

namespace {

struct start {
  test::temp_dir dir;
  std::unique_ptr<store> state;
  std::unique_ptr<test::open_journal> log;

  // With these rows of the state, and nothing in the journal.
  explicit start(const std::vector<std::pair<std::string, std::string>>& rows) {
    auto opened = store::open(dir.path(), test::process_options(), {"all"}, {});
    if (!opened) FAIL(opened.error().text);
    state = std::move(*opened);
    checkpoint c;
    for (const auto& [key, value] : rows)
      c.reader.state.push_back({state_family::source, kafka_positions_prefix("in") + key, value});
    c.shards.emplace_back();
    if (auto done = state->commit(std::move(c)); !done) FAIL(done.error().text);
    log = std::make_unique<test::open_journal>(dir.path());
  }
  void record(std::int32_t partition, std::int64_t offset, std::string_view source = "in") {
    std::string stamp(kafka_stamp_header_bytes, 0);
    encode(kafka_stamp{partition, offset, -1, std::nullopt}, stamp.data());
    const std::pair<std::string_view, std::string_view> property{kafka_stamp_property, stamp};
    message_in m;
    m.topic = "a/key", m.payload = "{}", m.user_properties = {&property, 1};
    if (!log->log->append(source, std::span(&m, 1))) FAIL("append");
  }
  void turn(std::int32_t partition, std::int64_t rebuilt_at, std::uint16_t takeover) {
    control c;
    c.kind = control_kind::partition;
    c.name = kafka_turn_name("in", {{"a", partition}, takeover});
    c.value = static_cast<std::uint64_t>(rebuilt_at);
    if (!log->log->append(c)) FAIL("append");
  }
  outcome<kafka_standings> recall() { return recall_kafka_positions("in", *state, *log->log); }
};

} // namespace

TEST_CASE("a source goes on behind the last record in state or journal") {
  start s({{"a|0", "9 1 0 0"}, {"a|1", "5 2 0 3"}});
  s.record(0, 12);
  s.record(2, 7);
  s.record(1, 100, "other");
  const auto known = s.recall();
  REQUIRE(known);
  CHECK(known->at({"a", 0}).next == 13);
  CHECK(known->at({"a", 1}) == kafka_standing{6, 0, 2, 3});
  CHECK(known->at({"a", 2}).next == 8);
}

TEST_CASE("a partition that began anew in the journal stands where it was read since") {
  start s({{"a|0", "9 1 0 0"}, {"a|1", "9 2 0 0"}, {"a|2", "9 3 0 0"}});
  s.record(0, 10);
  s.turn(0, 500, 4);
  s.record(0, 300);
  s.turn(1, kafka_elsewhere, 1);
  s.turn(2, 700, 2);
  const auto known = s.recall();
  REQUIRE(known);
  CHECK(known->at({"a", 0}) == kafka_standing{301, 500, 1, 4});
  CHECK(known->at({"a", 1}) == kafka_standing{10, kafka_elsewhere, 2, 1});
  CHECK(known->at({"a", 2}) == kafka_standing{0, 700, 3, 2});
}

TEST_CASE("a damaged position is an error that names it, not a partition without one") {
  const auto known = start({{"a|0", "9 1 0 0"}, {"a|1", "nine"}}).recall();
  REQUIRE(!known);
  CHECK(known.error().code == ec::corrupt);
  CHECK(known.error().text == "the stored position kafka|in|a|1 is damaged (got nine, want four numbers)");
}
