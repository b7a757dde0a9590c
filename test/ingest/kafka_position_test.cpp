// Where a partition begins, and which records of it came before.
#include "actors/ingest/kafka/kafka_position.hpp"

#include <doctest/doctest.h>

#include "actors/ingest/decode/passed_properties.hpp"
#include "actors/ingest/kafka/kafka_duplicates.hpp"
#include "actors/ingest/kafka/kafka_stamp.hpp"
#include "actors/store/bytes.hpp"

using namespace sluice;
using reset = kafka_beginning::reset;
using gap = kafka_beginning::gap;

namespace {

std::string encoded(const std::vector<std::pair<std::string, std::string>>& properties) {
  std::string bytes;
  byte_writer to(bytes);
  for (const auto& [name, value] : properties) to.text(name).text(value);
  return bytes;
}

std::string stamped(std::int32_t partition, std::int64_t offset) {
  std::string value(kafka_stamp_header_bytes, 0);
  encode(kafka_stamp{partition, offset, -1, std::nullopt}, value.data());
  return encoded({{std::string(kafka_stamp_property), value}});
}

std::string at(std::optional<std::int64_t> stored, std::optional<std::int64_t> committed, bool known = false,
               reset how = reset::earliest, gap on_gap = gap::stop) {
  const auto begun = begin_at(stored, committed, known, 100, 200, how, on_gap);
  if (const auto* offset = std::get_if<std::int64_t>(&begun)) return std::to_string(*offset);
  return std::get<std::string>(begun);
}

// The standings that a part of a checkpoint holds.
kafka_standings loaded(const reader_part& part) {
  kafka_standings known;
  for (const auto& write : part.state) {
    const auto prefix = kafka_positions_prefix("field");
    REQUIRE(write.key.starts_with(prefix));
    CHECK(load_kafka_position(std::string_view(write.key).substr(prefix.size()), *write.value, known));
  }
  return known;
}

struct rule {
  kafka_duplicates judge{"field"};
  bool seen(std::string_view topic, std::int32_t partition, std::int64_t offset) {
    const auto properties = stamped(partition, offset);
    message_out m;
    m.topic = topic, m.user_properties = properties;
    return judge.judge(m);
  }
};

} // namespace

TEST_CASE("a partition goes on behind our position, or the group's where another process read on") {
  CHECK(at(150, {}) == "150");
  CHECK(at(150, 120) == "150");
  CHECK(at(150, 180) == "180");
  CHECK(at({}, 130) == "130");
  CHECK(at(200, {}) == "200"); // nothing new
}

TEST_CASE(
    "a partition without a position begins where offset_reset says, one that was added later at its start") {
  CHECK(at({}, {}) == "100");
  CHECK(at({}, {}, false, reset::latest) == "200");
  CHECK(at({}, {}, false, reset::error) == "there is no position yet, and offset_reset is error");
  CHECK(at({}, {}, true, reset::latest) == "100");
  CHECK(at({}, {}, true, reset::error) == "100");
}

TEST_CASE("a position that the log has not is never reset silently") {
  CHECK(at(99, {}) ==
        "offsets 99 to 99 are gone before they were read; on_gap: continue goes on behind them");
  CHECK(at(99, {}, false, reset::earliest, gap::go_on) == "100");
  const std::string truncated =
      "the topic ends at offset 200, and 201 were read: it was deleted or truncated; a "
      "source of another name reads it from the start";
  CHECK(at(201, {}) == truncated);
  CHECK(at(201, {}, false, reset::latest, gap::go_on) == truncated);
}

TEST_CASE(
    "a record at or below its partition's position is a duplicate, of other partitions and topics not") {
  rule r;
  CHECK(!r.seen("a/k", 0, 5));
  CHECK(r.seen("a/k", 0, 5));
  CHECK(r.seen("a/other", 0, 4)); // the key is no part of the place
  CHECK(!r.seen("a", 1, 5));
  CHECK(!r.seen("b/k", 0, 5));
  CHECK(!r.seen("a/k", 0, 7)); // compaction leaves holes
  CHECK(r.seen("a/k", 0, 6));
  reader_part part;
  r.judge.add_to(part, 1);
  REQUIRE(part.state.size() == 3);
  CHECK(loaded(part) == kafka_standings{{{"a", 0}, {8, 0, 1}}, {{"a", 1}, {6, 0, 2}}, {{"b", 0}, {6, 0, 3}}});
  reader_part none;
  r.judge.add_to(none, 2);
  CHECK(none.state.empty());
}

TEST_CASE("a partition that begins anew is read from further back, for state only up to where another was") {
  rule r;
  CHECK(!r.seen("a", 0, 90));
  CHECK(r.judge.of_last().lane == 1);
  CHECK(r.judge.let_go({control_kind::partition, 0, 0, 100, "field|a|0|3"}) == 1);
  CHECK(r.judge.let_go({control_kind::partition, 0, 0, 7, "field|a|1|0"}) == 2);
  CHECK(!r.seen("a", 0, 50));
  CHECK(r.judge.of_last().takeover == 3);
  CHECK(!r.seen("a", 0, 99));
  CHECK(r.judge.of_last().takeover == 3);
  reader_part part;
  r.judge.add_to(part, 1);
  CHECK(loaded(part) == kafka_standings{{{"a", 0}, {100, 100, 1, 3}}, {{"a", 1}, {0, 7, 2}}});
  CHECK(!r.seen("a", 0, 100));
  CHECK(r.judge.of_last().lane == 1);
  CHECK(r.judge.of_last().takeover == 0);
  CHECK(r.seen("a", 0, 50));
  // Another's from here on: the position stays.
  r.judge.let_go({control_kind::partition, 0, 0, static_cast<std::uint64_t>(kafka_elsewhere), "field|a|0|3"});
  CHECK(r.seen("a", 0, 100));
  CHECK(r.judge.let_go({control_kind::partition, 0, 0, 0, "other|a|0|1"}) == 0);
}

TEST_CASE("the name of a partition's turn reads back") {
  const auto turn = kafka_turn_of(kafka_turn_name("field", {{"a.b", 7}, 3}), "field");
  REQUIRE(turn);
  CHECK(turn->where == kafka_where{"a.b", 7});
  CHECK(turn->takeover == 3);
  for (const auto* name : {"", "field", "field|a", "field|a|1", "field|a|x|1", "fields|a|1|1"})
    CHECK(!kafka_turn_of(name, "field"));
}

TEST_CASE("what is let go in the middle of a rebuild keeps the place behind all that was applied") {
  kafka_standing s{300, 700, 1};
  begin_anew(s, kafka_elsewhere, 2);
  CHECK(s.next == 700);
  begin_anew(s, kafka_elsewhere, 3);
  CHECK(s.next == 700);
  begin_anew(s, 900, 4);
  CHECK(s.next == 0);
  CHECK(s.rebuilt_at == 900);
}

TEST_CASE("a message without a position is no duplicate, and state that is none of ours is left alone") {
  rule r;
  message_out m;
  m.topic = "a";
  CHECK(!r.judge.judge(m));
  CHECK(!r.judge.judge(m));
  kafka_standings known;
  CHECK(!load_kafka_position("a", "5", known));
  CHECK(!load_kafka_position("a|x", "5 1 0 0", known));
  CHECK(!load_kafka_position("a|0", "5x 1 0 0", known));
  CHECK(!load_kafka_position("a|0", "5 1 0", known));
  CHECK(!load_kafka_position("a|0", "5 70000 0 0", known));
  CHECK(known.empty());
}

TEST_CASE("properties pass through a bridge as JSON, without those that name the place of a record") {
  std::string out;
  passed_properties(stamped(0, 7), out);
  CHECK(out.empty());
  passed_properties(stamped(0, 7) + encoded({{"a", "1"}, {"a", "\"2\""}, {"b", "\xff\x01"}}), out);
  CHECK(out == R"([["a","1"],["a","\"2\""],["b","/wE=",true]])");
}
