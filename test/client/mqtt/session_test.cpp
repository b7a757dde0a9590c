// A connection without its socket, in both versions.
#include <doctest/doctest.h>

#include "actors/client/mqtt/patience.hpp"
#include "actors/client/mqtt/session.hpp"

using namespace sluice;
using namespace sluice::packets;
using namespace std::string_literals;
using std::chrono::seconds;

namespace {

const session::time start{seconds(1000)};

mqtt_connection_options options(unsigned receive_maximum = 1000) {
  mqtt_connection_options o;
  o.client_id = "id";
  o.receive_maximum = receive_maximum;
  o.keep_alive = seconds(20);
  return o;
}

struct fixture {
  session one;
  happenings seen;
  std::string input; // must live as long as the batch
  explicit fixture(int protocol, const mqtt_connection_options& with = options())
      : one(with, protocol, start) {
    one.output().clear();
    feed(protocol == 5 ? "\x20\3\0\0\0"s : "\x20\2\0\0"s);
  }
  // What is wrong with `bytes`, "" = nothing; all of them must be taken.
  std::string feed(const std::string& bytes, std::size_t most = 256) {
    input = bytes;
    const auto used = one.take(input, most, seen);
    if (!used) return used.error().text();
    CHECK(*used == bytes.size());
    return "";
  }
  std::string acknowledged() {
    one.acknowledge();
    return std::exchange(one.output(), "");
  }
};

} // namespace

TEST_CASE("a connection begins with CONNECT as its options say") {
  auto o = options(5);
  o.user = "me", o.password = "pw";
  o.session_expiry = seconds(10);
  session five(o, 5, start);
  CHECK(five.output() ==
        "\x10\x22\0\4MQTT\5\xc0\0\x14\x0b\x11\0\0\0\x0a\x21\0\5\x22\0\x10\0\2id\0\2me\0\2pw"s);
  session four(o, 4, start);
  CHECK(four.output() == "\x10\x16\0\4MQTT\4\xc0\0\x14\0\2id\0\2me\0\2pw"s);
}

TEST_CASE("a will stands in CONNECT with its QoS and its retain flag") {
  auto o = options();
  o.will = mqtt_publish{"w", "gone", 1, true};
  session five(o, 5, start);
  CHECK(five.output() ==
        "\x10\x24\0\4MQTT\5\x2c\0\x14\x0b\x11\0\x09\x3a\x80\x21\3\xe8\x22\0\x10\0\2id\0\0\1w\0\4gone"s);
  session four(o, 4, start);
  CHECK(four.output() == "\x10\x17\0\4MQTT\4\x2c\0\x14\0\2id\0\1w\0\4gone"s);
}

TEST_CASE("messages come as a batch, and their acknowledgements in one piece and in order") {
  for (const int protocol : {4, 5}) {
    fixture f(protocol);
    const std::string p = protocol == 5 ? "\0"s : "";
    const auto publish = [&](char first, const std::string& id, const std::string& payload) {
      const auto body = "\0\1t"s + id + p + payload;
      return std::string(1, first) + static_cast<char>(body.size()) + body;
    };
    CHECK(f.feed(publish(0x32, "\0\7"s, "a") + publish(0x30, "", "b") + publish(0x3a, "\0\5"s, "c") +
                 publish(0x34, "\0\6"s, "d")) == "");
    const auto batch = f.one.messages();
    REQUIRE(batch.size() == 4);
    CHECK(batch[0].payload == "a");
    CHECK(batch[0].topic == "t");
    CHECK(batch[1].qos == 0);
    CHECK(batch[2].dup);
    CHECK(batch[2].packet_id == 5);
    CHECK(batch[3].qos == 2);
    CHECK(f.one.output().empty()); // not before it is kept
    CHECK(f.acknowledged() == "\x40\2\0\7\x40\2\0\5\x50\2\0\6"s);
    CHECK(f.one.messages().empty());
    CHECK_FALSE(f.one.owes());
  }
}

TEST_CASE("a batch ends at its size, and the rest of the bytes is left") {
  fixture f(4);
  const auto three = "\x32\5\0\1t\0\1\x32\5\0\1t\0\2\x32\5\0\1t\0\3"s;
  auto used = f.one.take(three, 2, f.seen);
  REQUIRE(used);
  CHECK(*used == 14);
  CHECK(f.one.messages().size() == 2);
  f.acknowledged();
  used = f.one.take(std::string_view(three).substr(14, 4), 2, f.seen);
  CHECK(*used == 0);
  CHECK(f.one.wanted() == 7);
  CHECK(f.one.messages().empty());
}

TEST_CASE("user properties of the messages of a batch are their own") {
  fixture f(5);
  CHECK(f.feed("\x30\x12\0\1t\x0e\x26\0\1a\0\1b\x26\0\1c\0\1d\x30\4\0\1t\0\x30\x0b\0\1t\7\x26\0\1e\0\1f"s) ==
        "");
  const auto batch = f.one.messages();
  REQUIRE(batch.size() == 3);
  REQUIRE(batch[0].user_properties.size() == 2);
  CHECK(batch[0].user_properties[1].first == "c");
  CHECK(batch[1].user_properties.empty());
  REQUIRE(batch[2].user_properties.size() == 1);
  CHECK(batch[2].user_properties[0].second == "f");
}

TEST_CASE("a list of user properties that is too long is not unpacked, and the message says so") {
  fixture f(5);
  for (const bool longer : {false, true}) {
    std::string list, body = "\0\1t"s, packet = "\x30"s;
    for (std::size_t i = 0; i < most_property_bytes / 5 + longer; ++i) list += "\x26\0\0\0\0"s;
    put_variable(list.size(), body);
    body += list + "payload";
    put_variable(body.size(), packet);
    REQUIRE(f.feed(packet + body) == "");
    const auto batch = f.one.messages();
    REQUIRE(batch.size() == 1);
    CHECK(batch[0].payload == "payload");
    CHECK(batch[0].properties_left_out == longer);
    CHECK(batch[0].user_properties.size() == (longer ? 0 : most_property_bytes / 5));
    f.one.acknowledge();
  }
}

TEST_CASE("a topic alias stands for the topic that it was last given, also within one batch") {
  fixture f(5);
  CHECK(f.feed("\x30\x08\0\2ab\3\x23\0\1"s + "\x30\6\0\0\3\x23\0\1"s + "\x30\x08\0\2cd\3\x23\0\1"s +
               "\x30\6\0\0\3\x23\0\1"s) == "");
  const auto batch = f.one.messages();
  REQUIRE(batch.size() == 4);
  CHECK(batch[0].topic == "ab");
  CHECK(batch[1].topic == "ab");
  CHECK(batch[2].topic == "cd");
  CHECK(batch[3].topic == "cd");
  f.acknowledged();
  CHECK(f.feed("\x30\6\0\0\3\x23\0\1"s) == ""); // it outlives the batch
  CHECK(f.one.messages()[0].topic == "cd");
  CHECK(f.feed("\x30\6\0\0\3\x23\0\2"s) == "PUBLISH: the topic alias has no topic yet (byte 0)");
  CHECK(f.feed("\x30\x07\0\1t\3\x23\0\x11"s) == "PUBLISH: the topic alias is above our maximum (byte 0)");
}

TEST_CASE(
    "of QoS 2 every message and every release is handed over in its place, and answered with the batch") {
  fixture f(5);
  const auto publish = "\x34\7\0\1t\0\7\0x"s, again = "\x3c\7\0\1t\0\7\0x"s, release = "\x62\2\0\7"s;
  CHECK(f.feed(publish + again) == ""); // the reader judges, not the client
  CHECK(f.one.messages().size() == 2);
  CHECK(f.acknowledged() == "\x50\2\0\7\x50\2\0\7"s);
  CHECK(f.feed("\x62\2\0\6"s + publish + release) == "");
  const auto batch = f.one.messages();
  REQUIRE(batch.size() == 3);
  CHECK(batch[0].release);
  CHECK(batch[0].packet_id == 6);
  CHECK_FALSE(batch[1].release);
  CHECK(batch[1].payload == "x");
  CHECK(batch[2].release);
  CHECK(batch[2].payload.empty());
  CHECK(f.one.output().empty()); // not before it is kept
  CHECK(f.acknowledged() == "\x70\2\0\6\x50\2\0\7\x70\2\0\7"s);
}

TEST_CASE("a release has no user properties, and leaves the others theirs") {
  fixture f(5);
  CHECK(f.feed("\x34\x0d\0\1t\0\7\7\x26\0\1a\0\1b\x62\2\0\6\x34\x0d\0\1t\0\x08\7\x26\0\1c\0\1d"s) == "");
  const auto batch = f.one.messages();
  REQUIRE(batch.size() == 3);
  CHECK(batch[0].user_properties[0].first == "a");
  CHECK(batch[1].user_properties.empty());
  CHECK(batch[2].user_properties[0].first == "c");
}

TEST_CASE("releases count towards the size of a batch: a broker cannot make it grow without end") {
  fixture f(4);
  const auto three = "\x62\2\0\1\x62\2\0\2\x62\2\0\3"s;
  const auto used = f.one.take(three, 2, f.seen);
  REQUIRE(used);
  CHECK(*used == 8);
}

TEST_CASE("a batch of more than our Receive Maximum breaks the protocol, in MQTT 5") {
  const auto first = [](int protocol) {
    return protocol == 5 ? "\x32\6\0\1t\0\1\0\x32\6\0\1t\0\2\0"s : "\x32\5\0\1t\0\1\x32\5\0\1t\0\2"s;
  };
  fixture f(5, options(2));
  CHECK(f.feed(first(5)) == "");
  CHECK(f.feed("\x32\6\0\1t\0\3\0"s) == "PUBLISH: the packet goes beyond our receive maximum (byte 0)");
  fixture kept(5, options(2));
  CHECK(kept.feed(first(5)) == "");
  kept.acknowledged();
  CHECK(kept.feed(first(5)) == "");
  fixture old(4, options(2));
  CHECK(old.feed(first(4)) == "");
  CHECK(old.feed("\x32\5\0\1t\0\3"s) == "");
}

TEST_CASE("what the server says it can do bounds what is published") {
  session one(options(), 5, start);
  happenings seen;
  CHECK(one.publish({"t", "x"}, 1).error().code == ec::connection_lost);
  // Receive Maximum 1, Maximum QoS 1, Retain Available 0, Maximum Packet Size 32
  REQUIRE(one.take("\x20\x0f\0\0\x0c\x21\0\1\x24\1\x25\0\x27\0\0\0\x20"s, 1, seen));
  REQUIRE(seen.answer);
  one.output().clear();
  CHECK(one.publish({"t", "x", 2}, 1).error().text == "publish to t: the broker takes QoS 1 at most");
  CHECK(one.publish({"t", "x", 1, true}, 1).error().text == "publish to t: the broker retains nothing");
  CHECK(one.publish({"t", std::string(25, 'x')}, 1).error().text ==
        "publish to t: the packet has 33 bytes, the broker takes 32");
  CHECK(one.publish({"t/#", "x"}, 1).error().code == ec::invalid);
  CHECK(one.publish({"t", std::string(24, 'x')}, 1));
  CHECK(one.output().size() == 32);
  CHECK(one.publish({"t", "y"}, 2));
  CHECK(one.output().size() == 32); // waits
  REQUIRE(one.take("\x40\2\0\1"s, 1, seen));
  CHECK(one.output().size() == 41);
}

TEST_CASE("a subscription is granted as a whole, or says which filters were not") {
  fixture f(5);
  f.one.subscribe({{"a", 1, 2}, {"b", 2, 2}});
  CHECK(f.one.unanswered_filters() == "a, b");
  CHECK(f.one.output() == "\x82\x0b\xfd\xe9\0\0\1a\x21\0\1b\x22"s);
  CHECK(f.feed("\x90\5\xfd\xe9\0\1\2"s) == "");
  REQUIRE(f.seen.subscribed);
  CHECK(f.seen.subscribed->has_value());
  CHECK(f.one.unanswered_filters() == "");
  f.one.subscribe({{"a", 1, 2}, {"b", 2, 2}});
  CHECK(f.feed("\x90\5\xfd\xea\0\x87\1"s) == "");
  CHECK(f.seen.subscribed->error().text ==
        "subscription refused: a: not authorized (0x87); b: granted QoS 1, want 2");
  f.one.subscribe({{"a", 1, 2}});
  CHECK(f.feed("\x90\4\xfd\xea\0\1"s) == "SUBACK: the packet id belongs to no SUBSCRIBE of ours (byte 0)");
  CHECK(f.feed("\x90\5\xfd\xeb\0\1\1"s) ==
        "SUBACK: the list of codes has another length than our list of filters (byte 0)");
}

TEST_CASE("packets out of their place break the protocol") {
  session early(options(), 5, start);
  happenings seen;
  const auto got = early.take("\x30\4\0\1t\0"s, 1, seen);
  REQUIRE_FALSE(got);
  CHECK(got.error().text() == "PUBLISH: the packet comes before CONNACK (byte 0)");
  fixture f(4);
  CHECK(f.feed("\x20\2\0\0"s) == "CONNACK: the packet comes twice (byte 0)");
  auto fresh = options();
  fresh.session_expiry = seconds(0);
  session clean(fresh, 4, start);
  const auto kept = clean.take("\x20\2\1\0"s, 1, seen);
  REQUIRE_FALSE(kept);
  CHECK(kept.error().text() == "CONNACK: the session is present after a clean start (byte 0)");
}

TEST_CASE("a refusing CONNACK and a DISCONNECT are told; behind the latter nothing is read") {
  session refused(options(), 4, start);
  happenings seen;
  REQUIRE(refused.take("\x20\2\0\5"s, 1, seen));
  CHECK(seen.answer->code == 5);
  CHECK_FALSE(refused.connected());
  fixture f(5);
  f.input = "\xe0\7\x8e\5\x1f\0\2no\xd0\0"s;
  const auto used = f.one.take(f.input, 1, f.seen);
  REQUIRE(used);
  CHECK(*used == 9);
  CHECK(f.seen.farewell == 0x8e);
  CHECK(f.seen.reason == "no");
}

TEST_CASE("a silent connection is pinged after its keep alive, and given up a keep alive later") {
  fixture f(5);
  f.one.sent(start);
  const auto pinged = [&](int s) {
    f.one.ping_if_due(start + seconds(s));
    return !std::exchange(f.one.output(), "").empty();
  };
  CHECK_FALSE(pinged(19));
  CHECK(f.one.next_ping() == start + seconds(20));
  CHECK(pinged(20));
  CHECK_FALSE(pinged(21));
  CHECK(f.one.given_up() == start + seconds(40));
  CHECK(pinged(40)); // while nobody reads the broker must hear from us all the same
  CHECK(f.one.given_up() == start + seconds(40));
  f.one.received(start + seconds(41));
  CHECK(f.one.given_up() == session::time::max());
  CHECK(f.one.next_ping() == start + seconds(60));
}

TEST_CASE("who only publishes pings when nothing comes back, and who only reads pings for the broker") {
  keep_alive writer(seconds(20), start), reader(seconds(20), start);
  for (int s = 1; s < 20; ++s) writer.sent(start + seconds(s)), reader.received(start + seconds(s));
  CHECK_FALSE(writer.due(start + seconds(19)));
  CHECK(writer.due(start + seconds(20)));
  CHECK(reader.due(start + seconds(20)));
  keep_alive never(seconds(0), start);
  CHECK_FALSE(never.due(start + seconds(100000)));
  CHECK(never.next_ping() == session::time::max());
}

TEST_CASE("waiting that was in vain at a size is not repeated from that size on, but every eighth time") {
  patience rule;
  CHECK(rule.worth(1));
  rule.waited(1, 12);
  CHECK(rule.worth(12));
  rule.waited(12, 20);
  CHECK(rule.worth(20));
  rule.waited(20, 20); // 20 is what the broker has under way
  CHECK(rule.worth(19));
  for (int i = 0; i < 7; ++i) CHECK_FALSE(rule.worth(20 + static_cast<std::size_t>(i)));
  CHECK(rule.worth(20));
  rule.waited(20, 50); // it has more by now
  CHECK(rule.worth(50));
}

TEST_CASE("the server's keep alive is taken instead of ours") {
  session one(options(), 5, start);
  happenings seen;
  REQUIRE(one.take("\x20\6\0\0\3\x13\0\5"s, 1, seen));
  CHECK(one.next_ping() == start + seconds(5));
}
