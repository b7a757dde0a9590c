// What the journal gets of a record, and what users can name of it again.
#include "actors/ingest/kafka/kafka_intake.hpp"

#include <doctest/doctest.h>

#include "actors/ingest/kafka/kafka_stamp.hpp"
#include "actors/store/record.hpp"

using namespace sluice;

namespace {

constexpr std::int64_t far = 1000000000; // a present that no record is behind

struct intake {
  kafka_source_options options;
  kafka_intake logic{options};

  explicit intake(const std::string& topic = "a/{device}") {
    options.topics.push_back(*config::topic_template::parse(topic));
  }
};

kafka_message record(std::int64_t offset, std::int32_t partition = 0) {
  kafka_message m;
  m.topic = "a", m.key = "k", m.has_key = true, m.payload = "{}";
  m.partition = partition, m.offset = offset, m.time_ms = 1000;
  return m;
}

// As the journal gives it back; the bytes stand in `room`.
message_out journaled(const message_in& m, std::string& room) {
  room.resize(message_bytes(m));
  encode(m, room.data());
  message_out out;
  REQUIRE(decode(room.data(), room.data() + room.size(), out) == room.data() + room.size());
  return out;
}

std::string property(const message_out& m, std::string_view name) {
  number_room room;
  return std::string(kafka_property(m.user_properties, name, room).value_or("none"));
}

} // namespace

TEST_CASE("a record carries its place, time, key and headers into the journal") {
  intake in;
  auto m = record(7, 3);
  m.headers = {{"line", "a"}, {"line", "b"}, {"", ""}};
  const auto taken = in.logic.take(std::span(&m, 1), far);
  REQUIRE(taken.size() == 1);
  std::string room;
  const auto out = journaled(taken[0], room);
  CHECK(out.topic == "a/k");
  CHECK(out.payload == "{}");
  CHECK(out.qos == 1);
  const auto at = kafka_position_of(out);
  REQUIRE(at);
  CHECK(at->partition == 3);
  CHECK(at->offset == 7);
  CHECK(property(out, "kafka.partition") == "3");
  CHECK(property(out, "kafka.offset") == "7");
  CHECK(property(out, "kafka.timestamp") == "1000");
  CHECK(property(out, "kafka.key") == "k");
  CHECK(property(out, "line") == "a");
  CHECK(property(out, "kafka.other") == "none");
}

TEST_CASE("what a record has not is absent, and an empty key is one") {
  intake in("a");
  auto m = record(0);
  m.time_ms = -1, m.key = "", m.has_key = false;
  std::string room;
  auto out = journaled(in.logic.take(std::span(&m, 1), far)[0], room);
  CHECK(out.topic == "a");
  CHECK(property(out, "kafka.timestamp") == "none");
  CHECK(property(out, "kafka.key") == "none");
  m = record(1), m.key = "";
  out = journaled(in.logic.take(std::span(&m, 1), far)[0], room);
  CHECK(out.topic == "a"); // no template asks for the key
  CHECK(property(out, "kafka.key") == "");
}

TEST_CASE("each record is taken once, whatever the library hands over again") {
  intake in;
  std::vector<kafka_message> got{record(5), record(6), record(5), record(5, 1), record(9)};
  CHECK(in.logic.take(got, far).size() == 4);
  CHECK(in.logic.take(got, far).empty());
  CHECK(in.logic.bytes() == 0);
  CHECK(in.logic.repeated() == 6);
  CHECK(in.logic.known.at({"a", 0}).next == 10);
  CHECK(in.logic.known.at({"a", 1}).next == 6);
  in.logic.known[{"a", 0}].next = 5; // as an assignment has it
  in.logic.known[{"a", 0}].rebuilt_at = 9;
  CHECK(in.logic.rebuilt() == 0);
  CHECK(in.logic.take(got, far).size() == 3);
  CHECK(in.logic.rebuilt() == 2);
  CHECK(in.logic.known.at({"a", 0}).time_ms == 1000);
}

TEST_CASE("a record of the future counts as one of now, where times count") {
  intake in;
  auto m = record(0);
  m.time_ms = 5000;
  in.logic.take(std::span(&m, 1), 4000);
  CHECK(in.logic.known.at({"a", 0}).time_ms == 4000);
}

TEST_CASE("messages of a batch lie apart, and an overlong payload is cut") {
  intake in;
  in.options.max_message = 4;
  std::vector<kafka_message> got;
  const std::vector<std::string> keys{"room-1", "a much longer key than the others have", ""};
  for (std::size_t i = 0; i < 300; ++i) {
    got.push_back(record(static_cast<std::int64_t>(i)));
    got.back().key = keys[i % 3];
    got.back().payload = i % 2 == 0 ? "1234" : "12345";
    got.back().headers.assign(i % 4, {"h", "v"});
  }
  const auto taken = in.logic.take(got, far);
  REQUIRE(taken.size() == 300);
  std::string room;
  for (std::size_t i = 0; i < 300; ++i) {
    const auto out = journaled(taken[i], room);
    CHECK(out.topic == "a/" + keys[i % 3]);
    CHECK(property(out, "kafka.key") == keys[i % 3]);
    CHECK(kafka_position_of(out)->offset == static_cast<std::int64_t>(i));
    CHECK(out.payload == "1234");
    CHECK(out.truncated == (i % 2 != 0));
    CHECK(taken[i].user_properties.size() == 1 + i % 4);
  }
}

TEST_CASE("a case of `sluice test` names the parts of a stamp") {
  std::vector<std::pair<std::string_view, std::string_view>> list{{"a", "1"},
                                                                  {"kafka.offset", "5"},
                                                                  {"kafka.partition", "2"},
                                                                  {"kafka.key", "k"},
                                                                  {"kafka.timestamp", "x"}};
  std::string room;
  stamp_properties(list, room);
  REQUIRE(list.size() == 2);
  message_in m;
  m.user_properties = list;
  std::string bytes;
  const auto out = journaled(m, bytes);
  CHECK(property(out, "kafka.offset") == "5");
  CHECK(property(out, "kafka.partition") == "2");
  CHECK(property(out, "kafka.timestamp") == "none");
  CHECK(property(out, "kafka.key") == "k");
  CHECK(property(out, "a") == "1");
  std::vector<std::pair<std::string_view, std::string_view>> other{{"a", "1"}};
  stamp_properties(other, room);
  CHECK(other.size() == 1);
}
