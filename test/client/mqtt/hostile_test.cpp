// A connection without its socket, and a server that keeps to nothing: every type with all flags, lengths
// without end, packets at the wrong moment.
#include <set>

#include <doctest/doctest.h>

#include "actors/client/mqtt/session.hpp"
#include "test/client/mqtt/server_packets.hpp"

using namespace sluice;
using namespace sluice::packets;
using namespace std::string_literals;

namespace {

const auto start = packets::session::time(std::chrono::seconds(1000));

struct line {
  packets::session one;
  happenings seen;
  std::string input;

  explicit line(int protocol, bool connected = true) : one({}, protocol, start) {
    if (connected) CHECK(take(protocol == 5 ? "\x20\3\0\0\0"s : "\x20\2\0\0"s).code == 0);
    one.output().clear();
  }
  // What is wrong with it, code 0 = nothing.
  malformed take(const std::string& bytes) {
    input = bytes;
    const auto used = one.take(input, 256, seen);
    return used ? malformed() : used.error();
  }
};

// The body of a packet of that type as short as it may be.
std::string body_of(int type, int flags, int protocol) {
  const std::string none = protocol == 5 ? "\0"s : "";
  switch (static_cast<kind>(type)) {
  case kind::connack:
    return "\0\0"s + none;
  case kind::publish:
    return "\0\1t"s + ((flags & 6) != 0 ? "\0\7"s : "") + none;
  case kind::suback:
    return "\0\1"s + none + "\0"s;
  case kind::unsuback:
    return "\0\1"s + (protocol == 5 ? "\0\0"s : "");
  case kind::puback:
  case kind::pubrec:
  case kind::pubrel:
  case kind::pubcomp:
    return "\0\7"s;
  default:
    return "";
  }
}

// MQTT 3.1.1 and 5, 2.2.2 and 3.3.1.
bool may_come(int type, int flags, int protocol) {
  static const std::set<int> publish{0, 1, 2, 3, 4, 5, 10, 11, 12, 13};
  switch (static_cast<kind>(type)) {
  case kind::publish:
    return publish.contains(flags);
  case kind::pubrel:
    return flags == 2;
  case kind::puback:
  case kind::pubrec:
  case kind::pubcomp:
  case kind::unsuback:
  case kind::pingresp:
    return flags == 0;
  case kind::disconnect:
    return flags == 0 && protocol == 5;
  default: // CONNACK comes twice, SUBACK was not asked for, the rest is a client's
    return false;
  }
}

} // namespace

TEST_CASE("of all types and flags those pass that a server may send at that moment, and nothing else") {
  for (const int protocol : {4, 5})
    for (const bool connected : {false, true})
      for (int type = 0; type < 16; ++type)
        for (int flags = 0; flags < 16; ++flags) {
          CAPTURE(protocol);
          CAPTURE(connected);
          CAPTURE(type);
          CAPTURE(flags);
          const auto body = body_of(type, flags, protocol);
          line l(protocol, connected);
          const auto wrong = l.take(static_cast<char>(type << 4 | flags) +
                                    std::string(1, static_cast<char>(body.size())) + body);
          const bool good = connected ? may_come(type, flags, protocol) : type == 2 && flags == 0;
          CHECK((wrong.code == 0) == good);
          if (good) continue;
          CHECK((wrong.code == malformed_packet || wrong.code == protocol_error));
          CHECK(wrong.text().find(name_of(static_cast<kind>(type))) == 0);
          CHECK(l.one.messages().empty());
          CHECK(l.one.output().empty());
        }
}

TEST_CASE("a length of five bytes is refused before the fifth comes, of every type") {
  for (const auto& [protocol, bytes] : test::server_packets)
    for (const bool padded : {false, true}) {
      CAPTURE(protocol);
      CAPTURE(static_cast<int>(static_cast<unsigned char>(bytes[0])));
      line l(protocol, bytes[0] != '\x20');
      const auto wrong = l.take(bytes.substr(0, 1) + (padded ? "\x80\x80\x80\x80"s : "\xff\xff\xff\xff"s));
      CHECK(wrong.code == malformed_packet);
      CHECK(wrong.text().find("the remaining length is longer than four bytes") != std::string::npos);
    }
}

TEST_CASE("the longest length that there is costs no memory before its bytes come") {
  for (const auto& [protocol, bytes] : test::server_packets) {
    line l(protocol, bytes[0] != '\x20');
    CHECK(l.take(bytes.substr(0, 1) + "\xff\xff\xff\x7f"s).code == 0);
    CHECK(l.one.wanted() == 5 + 268'435'455u);
    CHECK(l.one.messages().empty());
  }
}

TEST_CASE("a packet that is cut off is not taken for one, at every byte, also behind another one") {
  for (const auto& [protocol, bytes] : test::server_packets) {
    if (bytes[0] == '\x20') continue;
    for (std::size_t length = 0; length < bytes.size(); ++length) {
      line l(protocol);
      const auto before = "\x30"s + (protocol == 5 ? "\5\0\1t\0x"s : "\4\0\1tx"s);
      l.input = before + bytes.substr(0, length);
      const auto used = l.one.take(l.input, 256, l.seen);
      REQUIRE(used);
      CHECK(*used == before.size());
      CHECK(l.one.messages().size() == 1);
      CHECK_FALSE(l.seen.farewell);
    }
  }
}

TEST_CASE(
    "answers at the wrong moment: of the wrong kind they break the protocol, to nothing they are ignored") {
  struct moment {
    int qos; // of our publish, packet id 1
    std::string bytes, text;
  };
  const std::vector<moment> all = {
      {1, "\x50\2\0\1"s, "PUBREC"},
      {1, "\x70\2\0\1"s, "PUBCOMP"},
      {2, "\x40\2\0\1"s, "PUBACK"},
      {2, "\x70\2\0\1"s, "PUBCOMP"}, // before PUBREC
      {2, "\x50\2\0\1\x40\2\0\1"s, "PUBACK"},
      {1, "\x40\2\0\2"s, ""},
      {1, "\x40\2\0\1\x40\2\0\1"s, ""},
      {2, "\x50\2\0\1\x70\2\0\1\x70\2\0\1\x50\2\0\1"s, ""},
      {0, "\xb0\4\0\1\0\0"s, ""},
      {0, "\xd0\0"s, ""},     // to no PINGREQ
      {0, "\x62\2\0\7"s, ""}, // of no message of ours to judge
  };
  for (const auto& [qos, bytes, text] : all) {
    CAPTURE(qos);
    CAPTURE(text);
    line l(5);
    REQUIRE(l.one.publish({"t", "x", qos}, 1));
    const auto wrong = l.take(bytes);
    CHECK((wrong.code == 0) == text.empty());
    if (!text.empty()) CHECK(wrong.code == protocol_error);
    if (!text.empty()) CHECK(wrong.text().find(text) == 0);
  }
}
