// What a batch of messages becomes before its PUBACKs go out.
#include "actors/ingest/puback.hpp"

#include <doctest/doctest.h>

#include "test/store/store_fixture.hpp"

using namespace sluice;

namespace {

struct fixture {
  test::temp_dir dir;
  test::open_journal log{dir.path(), test::process_options(), 0};
  keeper keep{"field", 4, true, *log.log, log.clock};

  // topic=payload of what the journal holds; '+' behind what is truncated. Kind and name of control records.
  std::string kept() {
    std::string all;
    const auto from = log.log->read(1);
    for (;;) {
      const auto kind = from->next().value();
      if (kind == journal::cursor::kind::none) return all;
      if (kind == journal::cursor::kind::control) {
        all += std::string(to_string(from->record().kind)) + " " + from->record().name + ";";
        continue;
      }
      const auto& m = from->message();
      all += std::string(m.topic) + "=" + std::string(m.payload) + (m.truncated ? "+" : "") + ";";
    }
  }
};

mqtt_message message(std::string_view topic, std::string_view payload, bool retain = false) {
  mqtt_message m;
  m.topic = topic, m.payload = payload, m.packet_id = 7, m.qos = 1, m.retain = retain;
  return m;
}

mqtt_message release(std::uint16_t packet_id) {
  mqtt_message m;
  m.packet_id = packet_id, m.qos = 2, m.release = true;
  return m;
}

} // namespace

TEST_CASE("all messages of a batch are in the journal, in their order, when keep() returns") {
  fixture f;
  const mqtt_message batch[] = {message("a", "1"), message("b", "longer"), message("a", "3")};
  f.keep.keep(batch);
  CHECK(f.kept() == "a=1;b=long+;a=3;");
  CHECK(f.keep.messages() == 3);
  CHECK(f.keep.last_ms() == f.log.clock.now_ms());
}

TEST_CASE("user properties count towards max_message, and what is too long with them is kept without") {
  fixture f;
  keeper keep{"field", 20, true, *f.log.log, f.log.clock};
  using property = std::pair<std::string_view, std::string_view>;
  const property few[] = {{"a", "1"}, {"b", "2"}}, many[] = {{"a", "1"}, {"b", "2"}, {"", ""}};
  mqtt_message batch[] = {message("fits", "123456"), message("long", "1234567"), message("many", "123456"),
                          message("left out", "1")};
  batch[0].user_properties = batch[1].user_properties = few;
  batch[2].user_properties = many;
  batch[3].properties_left_out = true;
  keep.keep(batch);
  const auto from = f.log.log->read(1);
  for (const auto& sent : batch) {
    REQUIRE(from->next().value() == journal::cursor::kind::message);
    const auto& m = from->message();
    CAPTURE(m.topic);
    CHECK(m.payload == sent.payload);
    CHECK(m.truncated == (sent.topic != "fits"));
    CHECK(m.user_properties.empty() == m.truncated);
  }
}

TEST_CASE("retained messages are left out of a batch in 3.1.1, and counted") {
  fixture f;
  const mqtt_message batch[] = {message("a", "1", true), message("b", "2"), message("c", "3", true)};
  f.keep.set_protocol(5); // Retain Handling 2 keeps old ones away; these are not
  f.keep.keep(batch);
  f.keep.set_protocol(4);
  f.keep.keep(batch);
  f.keep.keep(std::span(batch, 1));
  CHECK(f.kept() == "a=1;b=2;c=3;b=2;");
  CHECK(f.keep.retained_ignored() == 3);
  CHECK(f.keep.messages() == 4);
}

TEST_CASE("packet ids that were released are in the journal behind the messages they came with") {
  fixture f;
  const mqtt_message batch[] = {release(9), message("a", "1"), release(65535), message("b", "2")};
  f.keep.keep(batch);
  CHECK(f.kept() == "a=1;b=2;pubrel field 9 65535;");
  CHECK(f.keep.messages() == 2);
  f.keep.keep(std::span(batch, 1));
  CHECK(f.kept() == "a=1;b=2;pubrel field 9 65535;pubrel field 9;");
  CHECK(f.keep.messages() == 2);
}

TEST_CASE("the release of a message that was left out is kept all the same") {
  fixture f;
  f.keep.set_protocol(4);
  const mqtt_message batch[] = {message("a", "1", true), release(7)};
  f.keep.keep(batch);
  CHECK(f.kept() == "pubrel field 7;");
}
