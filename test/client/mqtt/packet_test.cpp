// What a server sends, read from its bytes (MQTT 3.1.1 and MQTT 5, chapters 2 and 3).
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "actors/client/mqtt/packet.hpp"
#include "test/client/mqtt/server_packets.hpp"

using namespace sluice::packets;
using namespace std::string_literals;

namespace {

decoded<std::optional<frame>> frame_of(const std::string& bytes, int protocol, std::size_t most = 0) {
  std::size_t wanted = 0;
  return next_frame(bytes, protocol, most, wanted);
}

// Reads the packet at the front of `bytes` with the reader of its type; what is wrong with it, "" = nothing.
std::string wrong_with(const std::string& bytes, int protocol) {
  const auto found = frame_of(bytes, protocol);
  if (!found) return found.error().text();
  REQUIRE_MESSAGE(found->has_value(), "the packet is not complete");
  const auto told = [](const auto& read) { return read ? ""s : read.error().text(); };
  switch ((*found)->type) {
  case kind::connack:
    return told(read_connack(**found, protocol));
  case kind::publish:
    return told(read_publish(**found, protocol));
  case kind::suback:
  case kind::unsuback:
    return told(read_granted(**found, protocol));
  case kind::disconnect:
    return told(read_farewell(**found));
  case kind::pingresp:
    return told(read_pingresp(**found));
  default:
    return told(read_acknowledgement(**found, protocol));
  }
}

struct refused {
  int protocol;
  std::string bytes, text;
};

} // namespace

TEST_CASE("packets that the specification allows are read") {
  for (const auto& one : sluice::test::server_packets) {
    CAPTURE(one.protocol);
    CAPTURE(static_cast<int>(static_cast<unsigned char>(one.bytes[0])));
    CHECK(wrong_with(one.bytes, one.protocol) == "");
    CHECK((*frame_of(one.bytes, one.protocol))->size == one.bytes.size());
  }
}

TEST_CASE("a packet that has not arrived whole is waited for, at every byte") {
  for (const auto& one : sluice::test::server_packets)
    for (std::size_t length = 0; length < one.bytes.size(); ++length) {
      std::size_t wanted = 0;
      const auto found = next_frame(std::string_view(one.bytes).substr(0, length), one.protocol, 0, wanted);
      REQUIRE(found);
      CHECK_FALSE(found->has_value());
      CHECK(wanted > length);
      CHECK(wanted <= std::max<std::size_t>(one.bytes.size(), 2));
    }
}

TEST_CASE("a body that ends too early is never read as more than it holds") {
  for (const auto& one : sluice::test::server_packets)
    for (std::size_t length = 0; length + 2 < one.bytes.size(); ++length) {
      auto cut = one.bytes.substr(0, length + 2);
      cut[1] = static_cast<char>(length);
      CAPTURE(static_cast<int>(static_cast<unsigned char>(cut[0])));
      CAPTURE(length);
      const auto text = wrong_with(cut, one.protocol);
      // Only a payload, a list of codes and what MQTT 5 lets a sender leave out may be shorter.
      const auto type = static_cast<kind>(static_cast<unsigned char>(cut[0]) >> 4);
      const bool optional = type == kind::publish || type == kind::suback || type == kind::unsuback ||
                            (one.protocol == 5 && length < 4 && type != kind::connack);
      CHECK((optional || text != ""));
      if (text != "") CHECK(text.find("(byte ") != text.npos);
    }
}

TEST_CASE("a publish gives topic, payload, packet id, flags and user properties as views") {
  const auto bytes = sluice::test::server_packets[7].bytes;
  const auto found = frame_of(bytes, 5);
  const auto p = read_publish(**found, 5);
  REQUIRE(p);
  CHECK(p->topic == "t/u");
  CHECK(p->topic.data() == bytes.data() + 4);
  CHECK(p->payload == "pay");
  CHECK(p->packet_id == 0x102);
  CHECK(p->topic_alias == 3);
  CHECK(p->qos == 1);
  CHECK_FALSE(p->dup);
  CHECK_FALSE(p->retain);
  REQUIRE(p->has_user_properties);
  std::string pairs;
  for_each_user_property(p->properties, [&](std::string_view k, std::string_view v) {
    pairs += std::string(k) + "=" + std::string(v) + ";";
  });
  CHECK(pairs == "a=b;a=c;");

  const auto old = "\x3d\x08\0\1t\0\7xyz"s; // QoS 2, DUP, retained
  const auto q = read_publish(**frame_of(old, 4), 4);
  REQUIRE(q);
  CHECK(q->qos == 2);
  CHECK(q->dup);
  CHECK(q->retain);
  CHECK(q->packet_id == 7);
  CHECK(q->payload == "xyz");
  CHECK_FALSE(q->has_user_properties);
}

TEST_CASE("a CONNACK says what the server can do, and what it means where it says nothing") {
  const auto c = read_connack(**frame_of(sluice::test::server_packets[4].bytes, 5), 5);
  REQUIRE(c);
  CHECK(c->receive_maximum == 5);
  CHECK(c->maximum_qos == 1);
  CHECK_FALSE(c->retain_available);
  CHECK(c->maximum_packet_size == 256);
  CHECK(c->server_keep_alive == 30);
  CHECK(c->reason == "no");
  const auto bytes = "\x20\3\1\0\0"s;
  const auto d = read_connack(**frame_of(bytes, 5), 5);
  REQUIRE(d);
  CHECK(d->session_present);
  CHECK(d->receive_maximum == 65535);
  CHECK(d->maximum_qos == 2);
  CHECK(d->retain_available);
  CHECK(d->maximum_packet_size == 0);
  CHECK_FALSE(d->server_keep_alive);
}

TEST_CASE("acknowledgements give packet id and code; 3.1.1 and a short packet mean success") {
  const auto read = [](const std::string& bytes, int protocol) {
    return read_acknowledgement(**frame_of(bytes, protocol), protocol);
  };
  CHECK(read("\x40\2\1\2"s, 4)->packet_id == 0x102);
  CHECK(read("\x40\2\1\2"s, 5)->code == 0);
  CHECK(read("\x40\3\1\2\x97"s, 5)->code == 0x97);
  const auto bytes = "\x90\6\0\1\0\1\x87\xa2"s;
  CHECK(read_granted(**frame_of(bytes, 5), 5)->codes == "\1\x87\xa2");
  const auto bye = "\xe0\x0c\x9c\x0a\x1f\0\2no\x1c\0\2ab"s;
  CHECK(read_farewell(**frame_of(bye, 5))->code == 0x9c);
  CHECK(read_farewell(**frame_of(bye, 5))->reason == "no");
}

TEST_CASE("what the specification forbids is refused with what and where") {
  const auto no_text = "PUBLISH: the topic is not UTF-8 without U+0000; let the broker refuse such texts "
                       "(EMQX: strict_mode = true) (byte 0)";
  const std::vector<refused> bad = {
      {4, "\x00\0"s, "packet type 0: the packet does not come from a server (byte 0)"},
      {5, "\x10\0"s, "CONNECT: the packet does not come from a server (byte 0)"},
      {5, "\x82\0"s, "SUBSCRIBE: the packet does not come from a server (byte 0)"},
      {5, "\xc0\0"s, "PINGREQ: the packet does not come from a server (byte 0)"},
      {5, "\xf0\0"s, "AUTH: the packet does not come from a server (byte 0)"},
      {4, "\xe0\0"s, "DISCONNECT: the packet does not come from a server of 3.1.1 (byte 0)"},
      {5, "\x21\0"s, "CONNACK: the packet has flags that are reserved (byte 0)"},
      {4, "\x60\2\0\1"s, "PUBREL: the packet has flags that are reserved (byte 0)"},
      {4, "\x36\0"s, "PUBLISH: the packet has QoS 3 (byte 0)"},
      {4, "\x38\0"s, "PUBLISH: the packet has QoS 0 and DUP (byte 0)"},
      {4, "\x30\xff\xff\xff\xff"s, "PUBLISH: the remaining length is longer than four bytes (byte 0)"},
      {5, "\xd0\x80\0"s, "PINGRESP: the remaining length is not in its shortest form (byte 0)"},
      {4, "\xd0\1x"s, "PINGRESP: the body goes on behind its end (byte 0)"},
      {4, "\x20\2\2\0"s, "CONNACK: the flag byte has bits that are reserved (byte 0)"},
      {4, "\x20\2\1\5"s, "CONNACK: the session is present in a refusal (byte 0)"},
      {4, "\x20\3\0\0\0"s, "CONNACK: the body goes on behind its end (byte 2)"},
      {5, "\x20\2\0\0"s, "CONNACK: the length of the properties is cut short (byte 2)"},
      {5, "\x20\3\0\5\0"s, "CONNACK: the code is no reason code (byte 1)"},
      {4, "\x20\2\0\6"s, "CONNACK: the code is no return code (byte 1)"},
      {5, "\x20\2\0\6"s, "CONNACK: the code is no reason code (byte 1)"},
      {5, "\x20\3\0\x8b\0"s, "CONNACK: the code is no reason code (byte 1)"},
      {5, "\x20\3\0\xff\0"s, "CONNACK: the code is no reason code (byte 1)"},
      {5, "\x20\4\0\0\0x"s, "CONNACK: the body goes on behind its end (byte 3)"},
      {5, "\x20\6\0\0\3\x21\0\0"s, "CONNACK: the receive maximum has a value that is not allowed (byte 3)"},
      {5, "\x20\5\0\0\2\x24\2"s, "CONNACK: the maximum QoS has a value that is not allowed (byte 3)"},
      {5, "\x20\x09\0\0\6\x21\0\1\x21\0\1"s, "CONNACK: the receive maximum comes twice (byte 6)"},
      {5, "\x20\6\0\0\3\x23\0\1"s, "CONNACK: the topic alias does not belong into this packet (byte 3)"},
      {5, "\x20\4\0\0\1\x7f"s, "CONNACK: a property is unknown (byte 3)"},
      {5, "\x20\5\0\0\3\x21\0"s, "CONNACK: the list of properties is cut short (byte 3)"},
      {5, "\x20\x08\0\0\2\x1f\0\2ab"s, "CONNACK: the reason goes beyond the list of properties (byte 3)"},
      {4, "\x30\3\0\2t"s, "PUBLISH: the topic is cut short (byte 2)"},
      {4, "\x30\2\0\0"s, "PUBLISH: the topic is empty (byte 0)"},
      {5, "\x30\3\0\0\0"s, "PUBLISH: the topic is empty (byte 0)"},
      {4, "\x30\5\0\3a/#"s, "PUBLISH: the topic has a wildcard (byte 0)"},
      {4, "\x30\4\0\2a\0"s, no_text},
      {4, "\x30\5\0\3\xed\xa0\x80"s, no_text},
      {4, "\x30\4\0\2\xc0\x80"s, no_text},
      {4, "\x32\5\0\1t\0\0"s, "PUBLISH: the packet id is 0 (byte 3)"},
      {5, "\x30\7\0\1t\3\x23\0\0"s, "PUBLISH: the topic alias is 0 (byte 7)"},
      {5, "\x30\6\0\1t\2\x0b\0"s,
       "PUBLISH: the subscription identifier has a value that is not allowed (byte 4)"},
      {5, "\x30\6\0\1t\2\1\2"s, "PUBLISH: the payload format has a value that is not allowed (byte 4)"},
      {5, "\x30\x08\0\1t\4\x08\0\1+"s, "PUBLISH: the response topic has a wildcard (byte 8)"},
      {5, "\x30\x09\0\1t\5\x0b\xff\xff\xff\xff"s,
       "PUBLISH: the subscription identifier is longer than four bytes (byte 5)"},
      {4, "\x40\2\0\0"s, "PUBACK: the packet id is 0 (byte 0)"},
      {4, "\x40\3\0\1\0"s, "PUBACK: the body goes on behind its end (byte 2)"},
      {5, "\x40\3\0\1\1"s, "PUBACK: the code is no reason code (byte 2)"},
      {5, "\x62\3\0\1\x80"s, "PUBREL: the code is no reason code (byte 2)"},
      {4, "\x90\2\0\1"s, "SUBACK: the list of codes is empty (byte 2)"},
      {4, "\x90\3\0\1\3"s, "SUBACK: a code is no reason code (byte 2)"},
      {5, "\x90\4\0\1\0\x99"s, "SUBACK: a code is no reason code (byte 3)"},
      {4, "\xb0\3\0\1\0"s, "UNSUBACK: the body goes on behind its end (byte 2)"},
      {5, "\xe0\1\4"s, "DISCONNECT: the code is no reason code of a server (byte 0)"},
      {5, "\xe0\1\x84"s, "DISCONNECT: the code is no reason code of a server (byte 0)"},
      {5, "\xe0\1\xa3"s, "DISCONNECT: the code is no reason code of a server (byte 0)"},
      {5, "\xe0\7\0\5\x11\0\0\0\1"s,
       "DISCONNECT: the session expiry does not belong into this packet (byte 2)"},
  };
  for (const auto& one : bad) CHECK(wrong_with(one.bytes, one.protocol) == one.text);
}

TEST_CASE("the length is padded in 3.1.1 where a server likes, for nothing there forbids it") {
  CHECK(wrong_with("\xd0\x80\0"s, 4) == "");
}

TEST_CASE("a packet longer than our maximum is refused before its body comes") {
  const auto found = frame_of("\x30\xff\x7f"s, 5, 1000);
  REQUIRE_FALSE(found);
  CHECK(found.error().code == too_large);
  CHECK(found.error().text() == "PUBLISH: the packet is longer than the maximum packet size (byte 0)");
  CHECK(frame_of("\x30\xff\x7f"s, 5, 17000));
}

TEST_CASE("texts are UTF-8 in its shortest form without U+0000 and surrogates") {
  for (const auto& yes :
       {""s, "plain text of more than eight bytes"s, "gr\xc3\xbc\xc3\x9f"s, "\xe2\x82\xac"s, "\xed\x9f\xbf"s,
        "\xee\x80\x80"s, "\xf0\x90\x8d\x88"s, "\xf4\x8f\xbf\xbf"s, "\x7f"s})
    CHECK(is_text(yes));
  for (const auto& no :
       {"\0"s, "1234567\0"s, "\x80"s, "\xc1\xbf"s, "\xc3"s, "\xe0\x9f\xbf"s, "\xed\xa0\x80"s,
        "\xf0\x8f\xbf\xbf"s, "\xf4\x90\x80\x80"s, "\xf5\x80\x80\x80"s, "12345678\xff"s, "\xe2\x82"s})
    CHECK_FALSE(is_text(no));
}
