// The client against a real mosquitto: what arrives, what is acknowledged, what survives.
#include <set>

#include <doctest/doctest.h>

#include "test/client/fake_broker.hpp"
#include "test/client/no_threads.hpp"
#include "test/client/raw_broker.hpp"
#include "test/client/recorder.hpp"
#include "test/support/mosquitto_process.hpp"

using namespace sluice;
using namespace sluice::test;
using namespace std::string_literals;

TEST_CASE("a message published with QoS 1 is acknowledged and arrives once, in MQTT 5 and in 3.1.1") {
  mosquitto_process broker;
  for (const int protocol : {0, 5, 4}) {
    CAPTURE(protocol);
    session reader(options_for(broker.url(), protocol)), writer(options_for(broker.url(), protocol));
    REQUIRE(reader.connect());
    REQUIRE(writer.connect());
    CHECK(reader.seen.protocol == (protocol == 4 ? 4 : 5));
    CHECK_FALSE(reader.seen.session_present);
    REQUIRE(reader.subscribe("a/+/c"));
    REQUIRE(writer.say("a/b/c", "first"));
    REQUIRE(writer.say("a/b/c", std::string("\0binary", 7)));
    REQUIRE(reader.seen.until([&] { return reader.seen.messages.size() == 2; }));
    const auto& m = reader.seen.messages;
    CHECK(m[0].topic == "a/b/c");
    CHECK(m[0].payload == "first");
    CHECK(m[1].payload == std::string("\0binary", 7));
    CHECK(m[0].qos == 1);
    CHECK(m[0].packet_id > 0);
    CHECK(m[1].packet_id != m[0].packet_id);
    CHECK_FALSE(m[0].dup);
    CHECK_FALSE(m[0].retain);
  }
}

TEST_CASE("a retained message arrives with its flag at a new subscription") {
  mosquitto_process broker;
  session writer(options_for(broker.url())), reader(options_for(broker.url()));
  REQUIRE(writer.connect());
  REQUIRE(reader.connect());
  REQUIRE(writer.say("state/door", "open", 1, true));
  REQUIRE(reader.subscribe("state/#"));
  REQUIRE(reader.seen.until([&] { return reader.seen.messages.size() == 1; }));
  CHECK(reader.seen.messages[0].retain);
}

TEST_CASE("on_connected precedes the messages that a kept session has queued") {
  mosquitto_process broker;
  for (const int protocol : {5, 4}) {
    CAPTURE(protocol);
    const std::string id = "kept-" + std::to_string(protocol);
    {
      session reader(options_for(broker.url(), protocol, id));
      REQUIRE(reader.connect());
      REQUIRE(reader.subscribe(id + "/#"));
    }
    {
      session writer(options_for(broker.url()));
      REQUIRE(writer.connect());
      for (int i = 0; i < 50; ++i) REQUIRE(writer.say(id + "/x", std::to_string(i)));
    }
    session reader(options_for(broker.url(), protocol, id));
    REQUIRE(reader.connect());
    REQUIRE(reader.seen.until([&] { return reader.seen.messages.size() == 50; }));
    CHECK(reader.seen.session_present);
    CHECK(reader.seen.order.front() == "connected");
    for (int i = 0; i < 50; ++i) CHECK(reader.seen.messages[i].payload == std::to_string(i));
  }
}

TEST_CASE("the PUBACK of a message goes out after its callback has returned, never before") {
  raw_broker broker;
  std::mutex m;
  std::condition_variable changed;
  bool inside = false, leave = false;
  mqtt_callbacks callbacks;
  callbacks.on_messages = [&](std::span<const mqtt_message> batch) {
    std::unique_lock lock(m);
    inside = batch.size() == 1 && batch[0].packet_id == 7 && batch[0].payload == "one";
    changed.notify_all();
    changed.wait_for(lock, std::chrono::seconds(20), [&] { return leave; });
  };
  const auto client = make_mqtt_client(options_for(broker.url(), 4), callbacks);
  client->connect();
  broker.packet();
  broker.send("\x20\2\0\0\x32\x08\0\1t\0\7one"s); // CONNACK, PUBLISH QoS 1 with packet id 7
  {
    std::unique_lock lock(m);
    REQUIRE(changed.wait_for(lock, std::chrono::seconds(20), [&] { return inside; }));
  }
  CHECK_FALSE(broker.readable(std::chrono::milliseconds(300))); // nothing while the callback runs
  {
    std::lock_guard lock(m);
    leave = true;
    changed.notify_all();
  }
  CHECK(broker.read(4) == "\x40\2\0\7"s);
}

TEST_CASE("user properties of a message reach the callback in their order") {
  // CONNACK, PUBLISH "t" id 7 with a=b, content type x, a=c
  fake_broker broker(std::string("\x20\x03\0\0\0", 5) +
                     std::string("\x32\x1b\0\1t\0\7\x12\x26\0\1a\0\1b\3\0\1x\x26\0\1a\0\1c\xff\xff\xff", 29));
  session one(options_for(broker.url(), 5));
  REQUIRE(one.connect());
  REQUIRE(one.seen.until([&] { return one.seen.messages.size() == 1; }));
  CHECK(one.seen.messages[0].user_properties ==
        std::vector<std::pair<std::string, std::string>>{{"a", "b"}, {"a", "c"}});
  CHECK(one.seen.messages[0].payload == "\xff\xff\xff");
}

TEST_CASE("a message that was delivered and not acknowledged comes again with DUP and its packet id") {
  mosquitto_process broker;
  { // a client of 3.1.1 with a kept session that reads a PUBLISH and leaves without PUBACK
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(static_cast<std::uint16_t>(broker.port()));
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(connect(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0);
    const auto exchange = [fd](const std::string& out, std::size_t wanted) {
      REQUIRE(send(fd, out.data(), out.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(out.size()));
      std::string in(wanted, '\0');
      REQUIRE(recv(fd, in.data(), wanted, MSG_WAITALL) == static_cast<ssize_t>(wanted));
      return in;
    };
    exchange(std::string("\x10\x0f\0\4MQTT\4\0\0\0\0\3dup", 17), 4); // CONNECT, clean session off: CONNACK
    exchange(std::string("\x82\x0a\0\1\0\5dup/x\1", 12), 5);         // SUBSCRIBE: SUBACK
    session writer(options_for(broker.url()));
    REQUIRE(writer.connect());
    REQUIRE(writer.say("dup/x", "one"));
    const auto publish = exchange("", 14); // 32 0c 00 05 "dup/x" id id "one"
    CHECK(publish[0] == '\x32');
    close(fd);
  }
  session reader(options_for(broker.url(), 4, "dup"));
  REQUIRE(reader.connect());
  REQUIRE(reader.seen.until([&] { return !reader.seen.messages.empty(); }));
  CHECK(reader.seen.messages[0].payload == "one");
  CHECK(reader.seen.messages[0].dup);
  CHECK(reader.seen.messages[0].packet_id == 1);
}

TEST_CASE("what no packet of the version can hold is refused here, and the connection stays") {
  mosquitto_process broker;
  for (const int protocol : {5, 4}) {
    CAPTURE(protocol);
    session one(options_for(broker.url(), protocol));
    REQUIRE(one.connect());
    mqtt_publish binary{"t", "x"}, longer{"t", "x"};
    binary.user_properties = {{"key", "\xff"}};
    longer.user_properties = {{"key", std::string(65'536, 'x')}};
    for (const auto& bad : {binary, longer, mqtt_publish{"a/#", "x"}}) {
      if (protocol == 4 && bad.topic == "t") continue; // without properties
      const auto refused = one.client.publish(bad);
      REQUIRE_FALSE(refused);
      CHECK(refused.error().code == ec::invalid);
      CHECK(refused.error().text.find(broker.url() + ": publish to " + bad.topic + ": ") == 0);
    }
    CHECK(one.say("t", "still there"));
    CHECK(one.seen.losses.empty());
  }
}

TEST_CASE("a system that has no thread left is an error of the connection") {
  session one(options_for("mqtt://127.0.0.1:1"));
  {
    const no_threads none;
    CHECK_FALSE(one.connect());
  }
  REQUIRE(one.seen.failures.size() == 1);
  CHECK(one.seen.failures[0].code == ec::connection_lost);
  CHECK(one.seen.failures[0].text == "mqtt: no thread: Resource temporarily unavailable");
}

TEST_CASE("a subscription that the broker refuses is an error that names it") {
  mosquitto_process broker("", "allow_anonymous true\n");
  session reader(options_for(broker.url()));
  REQUIRE(reader.connect());
  CHECK_FALSE(reader.subscribe("a/#/b"));
  REQUIRE(reader.seen.subscribe_failures.size() == 1);
  CHECK(reader.seen.subscribe_failures[0].text.find("a/#/b") != std::string::npos);
}

TEST_CASE("more publishes than the broker's Receive Maximum flow without a pause and in order") {
  mosquitto_process broker("", "max_inflight_messages 5");
  session reader(options_for(broker.url(), 4)), writer(options_for(broker.url(), 5));
  REQUIRE(reader.connect());
  REQUIRE(writer.connect());
  REQUIRE(reader.subscribe("many"));
  constexpr std::size_t count = 2000;
  const auto begin = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < count; ++i) REQUIRE(writer.client.publish({"many", std::to_string(i)}));
  REQUIRE(writer.seen.until([&] { return writer.seen.acks.size() == count; }));
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(15)); // the library alone: 5 a second
  REQUIRE(reader.seen.until([&] { return reader.seen.messages.size() == count; }));
  bool ordered = true;
  for (std::size_t i = 0; i < count; ++i)
    ordered = ordered && reader.seen.messages[i].payload == std::to_string(i);
  CHECK(ordered);
}

TEST_CASE("a killed broker is reported lost once, and publish then answers with an error") {
  mosquitto_process broker;
  session one(options_for(broker.url()));
  REQUIRE(one.connect());
  broker.kill();
  REQUIRE(one.seen.until([&] { return !one.seen.losses.empty(); }));
  CHECK(one.seen.losses[0].code == ec::connection_lost);
  CHECK(one.seen.losses[0].text.find(broker.url()) != std::string::npos);
  const auto token = one.client.publish({"a", "b"});
  REQUIRE_FALSE(token);
  CHECK(token.error().code == ec::connection_lost);
  CHECK(one.seen.losses.size() == 1);
}

TEST_CASE("a DISCONNECT from the broker ends the connection with its reason") {
  fake_broker broker(std::string("\x20\x03\0\0\0", 5) +
                     std::string("\xe0\x0c\x8e\x0a\x1f\0\7by two\n", 14)); // CONNACK, DISCONNECT 0x8e
  session one(options_for(broker.url(), 5, "same"));
  REQUIRE(one.connect());
  REQUIRE(one.seen.until([&] { return !one.seen.losses.empty(); }));
  CHECK_MESSAGE(one.seen.losses[0].text.find("session taken over") != std::string::npos,
                one.seen.losses[0].text);
  CHECK(one.seen.losses[0].text.find(R"((0x8e): "by two ")") != std::string::npos);
}

TEST_CASE("two clients with one id throw each other out") {
  mosquitto_process broker;
  session one(options_for(broker.url(), 5, "same")), two(options_for(broker.url(), 5, "same"));
  REQUIRE(one.connect());
  REQUIRE(two.connect());
  REQUIRE(one.seen.until([&] { return !one.seen.losses.empty(); }));
  CHECK(two.seen.losses.empty());
}

TEST_CASE("the destructor ends callbacks, whatever arrives") {
  mosquitto_process broker("", "max_inflight_messages 0");
  session writer(options_for(broker.url()));
  REQUIRE(writer.connect());
  for (int round = 0; round < 5; ++round) {
    auto reader = std::make_unique<session>(options_for(broker.url(), 0, "gone"));
    REQUIRE(reader->connect());
    REQUIRE(reader->subscribe("flood"));
    for (int i = 0; i < 300; ++i) REQUIRE(writer.client.publish({"flood", "x"}));
    REQUIRE(reader->seen.until([&] { return !reader->seen.messages.empty(); }));
    reader.reset(); // a callback after this would touch freed memory: the sanitizer build sees it
  }
  REQUIRE(writer.seen.until([&] { return writer.seen.acks.size() == 1500; }));
}

TEST_CASE("no message is acknowledged unseen while a client goes away") {
  mosquitto_process broker("", "max_inflight_messages 0");
  session writer(options_for(broker.url(), 4));
  REQUIRE(writer.connect());
  std::multiset<std::string> seen;
  constexpr int count = 5000;
  {
    session first(options_for(broker.url(), 5, "leaver"));
    REQUIRE(first.connect());
    REQUIRE(first.subscribe("leave"));
  }
  for (int i = 0; i < count; ++i) REQUIRE(writer.client.publish({"leave", std::to_string(i)}));
  for (int round = 0; round < 12 && std::set<std::string>(seen.begin(), seen.end()).size() < count; ++round) {
    session reader(options_for(broker.url(), 5, "leaver"));
    REQUIRE(reader.connect());
    // Leaves in the middle of the stream every time but the last.
    const std::size_t enough = round < 6 ? 100 : count;
    reader.seen.until([&] { return reader.seen.messages.size() >= enough; },
                      std::chrono::seconds(round < 6 ? 5 : 2));
    {
      // what is delivered until the destructor has run counts as well
      struct collect {
        session& from;
        std::multiset<std::string>& to;
        ~collect() {
          std::lock_guard lock(from.seen.mutex);
          for (const auto& m : from.seen.messages) to.insert(m.payload);
        }
      } at_end{reader, seen};
      reader.client.disconnect(std::chrono::seconds(5));
    }
  }
  CHECK(std::set<std::string>(seen.begin(), seen.end()).size() == count);
}
