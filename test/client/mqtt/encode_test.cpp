// What a client sends, to the byte (MQTT 3.1.1 and MQTT 5, chapter 3).
#include <doctest/doctest.h>

#include "actors/client/mqtt/encode.hpp"
#include "actors/client/mqtt/packet.hpp"

using namespace sluice;
using namespace sluice::packets;
using namespace std::string_literals;

namespace {

template <class F> std::string made(F f) {
  std::string out;
  f(out);
  return out;
}

mqtt_publish full() {
  mqtt_publish p{"t/u", "pay", 1, true};
  p.user_properties = {{"a", "b"}, {"c", "d"}};
  p.content_type = "x"s;
  p.expiry = std::chrono::seconds(60);
  return p;
}

} // namespace

TEST_CASE("CONNECT holds client id, will, user, password, keep alive and, in MQTT 5, its properties") {
  connect c;
  c.client_id = "id";
  c.clean_start = false;
  c.keep_alive_s = 20;
  CHECK(made([&](auto& out) { encode_connect(c, 4, out); }) == "\x10\x0e\0\4MQTT\4\0\0\x14\0\2id"s);
  c.user = "me", c.password = "pw";
  mqtt_publish will{"w", "gone", 1, true};
  will.expiry = std::chrono::seconds(9);
  c.will = &will;
  CHECK(made([&](auto& out) { encode_connect(c, 4, out); }) ==
        "\x10\x1f\0\4MQTT\4\xec\0\x14\0\2id\0\1w\0\4gone\0\2me\0\2pw"s);
  c.clean_start = true;
  c.session_expiry_s = 10, c.receive_maximum = 5, c.topic_alias_maximum = 7;
  CHECK(
      made([&](auto& out) { encode_connect(c, 5, out); }) ==
      "\x10\x31\0\4MQTT\5\xee\0\x14\x0b\x11\0\0\0\x0a\x21\0\5\x22\0\7\0\2id\5\2\0\0\0\x09\0\1w\0\4gone\0\2me\0\2pw"s);
}

TEST_CASE("PUBLISH holds its properties in MQTT 5 only, and its packet id with QoS 1 and 2 only") {
  const auto p = full();
  std::string out = "before";
  const auto placed = encode_publish(p, 0x102, 4, out);
  CHECK(out == "before\x33\x0a\0\3t/u\1\2pay"s);
  CHECK(placed.begin == 6);
  CHECK(out.substr(placed.id_at, 2) == "\1\2"s);
  CHECK(made([&](auto& o) { encode_publish(p, 0x102, 5, o); }) ==
        "\x33\x22\0\3t/u\1\2\x17\2\0\0\0\x3c\3\0\1x\x26\0\1a\0\1b\x26\0\1c\0\1dpay"s);
  mqtt_publish none{"t", "", 0};
  CHECK(made([&](auto& o) { encode_publish(none, 0, 4, o); }) == "\x30\3\0\1t"s);
  CHECK(made([&](auto& o) { encode_publish(none, 0, 5, o); }) == "\x30\4\0\1t\0"s);
}

TEST_CASE("the size of a PUBLISH is known before it is made, at every length of the length") {
  for (const int protocol : {4, 5})
    for (const std::size_t payload : {0u, 100u, 121u, 122u, 123u, 16370u, 16380u, 2097150u}) {
      auto p = full();
      p.payload.assign(payload, 'x');
      CHECK(size_of_publish(p, protocol) == made([&](auto& o) { encode_publish(p, 1, protocol, o); }).size());
    }
}

TEST_CASE("what is published comes back as it was when it is read") {
  for (const int protocol : {4, 5}) {
    const auto p = full();
    const auto bytes = made([&](auto& o) { encode_publish(p, 77, protocol, o); });
    std::size_t wanted = 0;
    const auto found = next_frame(bytes, protocol, 0, wanted);
    REQUIRE((found && *found));
    const auto read = read_publish(**found, protocol);
    REQUIRE(read);
    CHECK(read->topic == p.topic);
    CHECK(read->payload == p.payload);
    CHECK(read->packet_id == 77);
    CHECK(read->retain);
    CHECK(read->has_user_properties == (protocol == 5));
  }
}

TEST_CASE("a publish that the wire cannot hold is refused with its reason") {
  const auto why = [](mqtt_publish p) {
    const auto* said = why_unfit(p, 5);
    return std::string(said ? said : "");
  };
  CHECK(why({"a/b", "x"}) == "");
  CHECK(why({"", "x"}) == "the topic is empty");
  CHECK(why({"a/+", "x"}) == "the topic has a wildcard");
  CHECK(why({"a\xff", "x"}) == "the topic is longer than 65535 bytes or no UTF-8 without U+0000");
  CHECK(why({std::string(65536, 'a'), "x"}) ==
        "the topic is longer than 65535 bytes or no UTF-8 without U+0000");
  mqtt_publish p{"t", "x"};
  p.user_properties = {{"k", "\xff"}};
  CHECK(why(p) == "a property is longer than 65535 bytes or no UTF-8 without U+0000");
  CHECK(why_unfit(p, 4) == nullptr);
  CHECK(why({"t", std::string(268'435'456, 'x')}) == "the packet is longer than 256 MiB");
}

TEST_CASE("acknowledgements, SUBSCRIBE, PINGREQ and DISCONNECT are as short as they may be") {
  const auto ack = [](kind type, int code, int protocol) {
    return made(
        [&](auto& o) { encode_acknowledgement(type, 0x102, static_cast<std::uint8_t>(code), protocol, o); });
  };
  CHECK(ack(kind::puback, 0, 4) == "\x40\2\1\2"s);
  CHECK(ack(kind::puback, 0, 5) == "\x40\2\1\2"s);
  CHECK(ack(kind::pubrec, 0x97, 5) == "\x50\3\1\2\x97"s);
  CHECK(ack(kind::pubrel, 0, 5) == "\x62\2\1\2"s);
  CHECK(ack(kind::pubcomp, 0x92, 5) == "\x70\3\1\2\x92"s);
  CHECK(ack(kind::pubcomp, 0x92, 4) == "\x70\2\1\2"s);
  const std::vector<mqtt_subscription> what = {{"a/+", 1, 2}, {"$share/g/b", 2, 0}};
  CHECK(made([&](auto& o) { encode_subscribe(3, what, 4, o); }) ==
        "\x82\x15\0\3\0\3a/+\1\0\x0a$share/g/b\2"s);
  CHECK(made([&](auto& o) { encode_subscribe(3, what, 5, o); }) ==
        "\x82\x16\0\3\0\0\3a/+\x21\0\x0a$share/g/b\2"s);
  CHECK(made([&](auto& o) { encode_pingreq(o); }) == "\xc0\0"s);
  CHECK(made([&](auto& o) { encode_disconnect(0, 5, o); }) == "\xe0\0"s);
  CHECK(made([&](auto& o) { encode_disconnect(0x82, 5, o); }) == "\xe0\1\x82"s);
  CHECK(made([&](auto& o) { encode_disconnect(0x82, 4, o); }) == "\xe0\0"s);
}
