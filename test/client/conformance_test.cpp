// The grouped client beside a broker as the specification has it, in both versions: refusals, sessions,
// retained messages, wills, overlapping filters, packet sizes.
#include <algorithm>
#include <filesystem>
#include <set>

#include <doctest/doctest.h>

#include "test/client/fake_broker.hpp"
#include "test/client/raw_broker.hpp"
#include "test/client/recorder.hpp"
#include "test/support/mosquitto_process.hpp"

using namespace sluice;
using namespace sluice::test;
using namespace std::string_literals;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

// Those of this process that lead to a port of this machine.
std::set<int> sockets_to(int port) {
  std::set<int> found;
  for (int fd = 0; fd < 1024; ++fd) {
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    if (getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0 && ntohs(peer.sin_port) == port)
      found.insert(fd);
  }
  return found;
}

} // namespace

TEST_CASE("each refusal of a connection has its class and its name") {
  struct refusal {
    int protocol, code;
    ec is;
    const char* name;
  };
  const std::vector<refusal> all = {
      {4, 1, ec::refused, "unsupported protocol version"},
      {4, 2, ec::refused, "client identifier not valid"},
      {4, 3, ec::connection_lost, "server unavailable"},
      {4, 4, ec::refused, "bad user name or password"},
      {4, 5, ec::refused, "not authorized"},
      {5, 0x80, ec::refused, "unspecified error (0x80)"},
      {5, 0x81, ec::refused, "malformed packet (0x81)"},
      {5, 0x82, ec::refused, "protocol error (0x82)"},
      {5, 0x83, ec::refused, "implementation specific error (0x83)"},
      {5, 0x84, ec::refused, "unsupported protocol version (0x84)"},
      {5, 0x85, ec::refused, "client identifier not valid (0x85)"},
      {5, 0x86, ec::refused, "bad user name or password (0x86)"},
      {5, 0x87, ec::refused, "not authorized (0x87)"},
      {5, 0x88, ec::connection_lost, "server unavailable (0x88)"},
      {5, 0x89, ec::throttled, "server busy (0x89)"},
      {5, 0x8a, ec::refused, "banned (0x8a)"},
      {5, 0x8c, ec::refused, "bad authentication method (0x8c)"},
      {5, 0x90, ec::refused, "topic name invalid (0x90)"},
      {5, 0x95, ec::refused, "packet too large (0x95)"},
      {5, 0x97, ec::throttled, "quota exceeded (0x97)"},
      {5, 0x99, ec::refused, "payload format invalid (0x99)"},
      {5, 0x9a, ec::refused, "retain not supported (0x9a)"},
      {5, 0x9b, ec::refused, "QoS not supported (0x9b)"},
      {5, 0x9c, ec::refused, "use another server (0x9c)"},
      {5, 0x9d, ec::refused, "server moved (0x9d)"},
      {5, 0x9f, ec::throttled, "connection rate exceeded (0x9f)"},
  };
  for (const auto& [protocol, code, is, name] : all) {
    CAPTURE(protocol);
    CAPTURE(code);
    const auto answer = (protocol == 5 ? "\x20\3\0"s : "\x20\2\0"s) + static_cast<char>(code);
    fake_broker broker(protocol == 5 ? answer + "\0"s : "", protocol == 5 ? "" : answer);
    session one(grouped(broker.url(), protocol));
    REQUIRE_FALSE(one.connect());
    REQUIRE(one.seen.failures.size() == 1);
    CHECK(one.seen.failures[0].code == is);
    CHECK_MESSAGE(one.seen.failures[0].text.find(name) != std::string::npos, one.seen.failures[0].text);
    CHECK(one.seen.failures[0].text.find(broker.url()) == 0);
    CHECK_FALSE(one.client.publish({"t", "x"}));
  }
}

TEST_CASE("a session is present until the broker has lost it, and then empty") {
  for (const int protocol : {5, 4}) {
    CAPTURE(protocol);
    mosquitto_process broker;
    const auto options = grouped(broker.url(), protocol, "field");
    const auto say = [&](const std::string& payload) {
      session writer(grouped(broker.url(), protocol));
      return writer.connect() && writer.say("s/x", payload);
    };
    {
      session one(options);
      REQUIRE(one.connect());
      CHECK_FALSE(one.seen.session_present);
      REQUIRE(one.subscribe("s/#", 2));
    }
    REQUIRE(say("kept"));
    {
      session one(options);
      REQUIRE(one.connect());
      CHECK(one.seen.session_present);
      REQUIRE(one.seen.until([&] { return one.seen.messages.size() == 1; })); // without subscribing again
      CHECK(one.seen.messages[0].payload == "kept");
      one.client.disconnect(seconds(5));
    }
    broker.kill();
    std::filesystem::remove(broker.folder().path() / "mosquitto.db");
    REQUIRE(broker.start());
    REQUIRE(say("nobody asked for it"));
    session one(options);
    REQUIRE(one.connect());
    CHECK_FALSE(one.seen.session_present);
    REQUIRE(one.subscribe("s/#", 1));
    REQUIRE(say("later"));
    REQUIRE(one.seen.until([&] { return one.seen.messages.size() == 1; }));
    CHECK(one.seen.messages[0].payload == "later");
  }
}

TEST_CASE("retained messages come as the subscription says, and live ones without the flag") {
  for (const int protocol : {5, 4}) {
    CAPTURE(protocol);
    mosquitto_process broker;
    session writer(grouped(broker.url(), protocol));
    REQUIRE(writer.connect());
    REQUIRE(writer.say("r/old", "1", 1, true));
    const auto payloads = [&](int handling, const std::string& until) {
      session reader(grouped(broker.url(), protocol));
      REQUIRE(reader.connect());
      reader.client.subscribe({{"r/#", 1, handling}});
      REQUIRE(reader.seen.until([&] { return reader.seen.subscribes == 1; }));
      REQUIRE(writer.say("r/live", until, 1, true));
      std::string all;
      REQUIRE(reader.seen.until(
          [&] { return !reader.seen.messages.empty() && reader.seen.messages.back().payload == until; }));
      for (const auto& m : reader.seen.messages) all += (m.retain ? "!" : "") + m.payload + ";";
      return all;
    };
    CHECK(payloads(0, "2") == "!1;2;");
    // 3.1.1 knows no other way, and the source discards them there (puback.hpp).
    CHECK(payloads(2, "3") == (protocol == 5 ? "3;" : "!1;!2;3;"));
    REQUIRE(writer.say("r/old", "", 1, true)); // takes it away
    REQUIRE(writer.say("r/live", "", 1, true));
    CHECK(payloads(0, "4") == "4;");
  }
}

TEST_CASE("a will comes when the connection is cut, with its QoS and its flag, and not after a goodbye") {
  for (const int protocol : {5, 4}) {
    CAPTURE(protocol);
    mosquitto_process broker;
    session reader(grouped(broker.url(), protocol));
    REQUIRE(reader.connect());
    REQUIRE(reader.subscribe("will/#", 2));
    auto options = grouped(broker.url(), protocol, "mortal");
    options.will = mqtt_publish{"will/field", "gone\0for good"s, 2, true};
    {
      session one(options);
      REQUIRE(one.connect());
      one.client.disconnect(seconds(5));
    }
    {
      session one(options); // its destructor says goodbye, too
      REQUIRE(one.connect());
    }
    REQUIRE(reader.say("will/marker", "none so far"));
    REQUIRE(reader.seen.until([&] { return reader.seen.messages.size() == 1; }));
    CHECK(reader.seen.messages[0].payload == "none so far");
    {
      const auto before = sockets_to(broker.port());
      session one(options);
      REQUIRE(one.connect());
      for (const int fd : sockets_to(broker.port()))
        if (!before.contains(fd)) REQUIRE(shutdown(fd, SHUT_RDWR) == 0);
      REQUIRE(reader.seen.until([&] { return reader.seen.messages.size() == 2; }));
    }
    CHECK(reader.seen.messages[1].topic == "will/field");
    CHECK(reader.seen.messages[1].payload == "gone\0for good"s);
    CHECK(reader.seen.messages[1].qos == 2);
    session later(grouped(broker.url(), protocol));
    REQUIRE(later.connect());
    REQUIRE(later.subscribe("will/#", 2));
    REQUIRE(later.seen.until([&] { return later.seen.messages.size() == 1; }));
    CHECK(later.seen.messages[0].retain);
  }
}

TEST_CASE("of overlapping filters each copy that the broker sends is handed over and acknowledged") {
  for (const int protocol : {5, 4})
    for (const bool copies : {false, true}) {
      CAPTURE(protocol);
      CAPTURE(copies);
      mosquitto_process broker("", copies ? "allow_duplicate_messages true\nmax_inflight_messages 4"
                                          : "allow_duplicate_messages false\nmax_inflight_messages 4");
      session reader(grouped(broker.url(), protocol)), writer(grouped(broker.url(), protocol));
      REQUIRE(reader.connect());
      REQUIRE(writer.connect());
      reader.client.subscribe({{"o/#", 1, 0}, {"o/+/x", 2, 0}});
      REQUIRE(reader.seen.until([&] { return reader.seen.subscribes == 1; }));
      const std::size_t each = copies || protocol == 5 ? 2 : 1; // mosquitto leaves copies out in 3.1.1 only
      constexpr std::size_t count =
          50; // far more than the broker has under way: none waits for a lost PUBACK
      for (std::size_t i = 0; i < count; ++i) REQUIRE(writer.say("o/a/x", std::to_string(i), 2));
      REQUIRE(writer.say("o/end", "end"));
      REQUIRE(reader.seen.until(
          [&] { return !reader.seen.messages.empty() && reader.seen.messages.back().payload == "end"; }));
      CHECK(reader.seen.messages.size() == each * count + 1);
      for (std::size_t i = 0; i < count; ++i) {
        const auto payload = std::to_string(i);
        const auto came = std::count_if(reader.seen.messages.begin(), reader.seen.messages.end(),
                                        [&](const auto& m) { return m.payload == payload; });
        CHECK(static_cast<std::size_t>(came) == each);
      }
    }
}

TEST_CASE("what is longer than the broker takes is refused here, and the connection stays") {
  mosquitto_process broker("", "max_packet_size 1000");
  session one(grouped(broker.url(), 5));
  REQUIRE(one.connect());
  REQUIRE(one.client.max_packet() == 1000);
  const auto fits = std::string(1000 - 3 - 2 - 1 - 2 - 1, 'x'); // head, topic, packet id, properties
  REQUIRE(one.subscribe("t"));
  CHECK(one.say("t", fits));
  const auto refused = one.client.publish({"t", fits + "x"});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ec::invalid);
  CHECK(refused.error().text.find("1001 bytes, the broker takes 1000") != std::string::npos);
  CHECK(one.say("t", "still there"));
  CHECK(one.seen.losses.empty());
}

TEST_CASE("a long message comes whole, since we name no maximum that a broker would drop it for") {
  for (const int protocol : {5, 4}) {
    raw_broker watched;
    {
      session one(grouped(watched.url(), protocol));
      one.client.connect();
      const auto hello = watched.packet();
      CHECK(hello.find("\x27"s) == std::string::npos); // Maximum Packet Size
      watched.hang_up();
    }
    mosquitto_process broker;
    session reader(grouped(broker.url(), protocol)), writer(grouped(broker.url(), protocol));
    REQUIRE(reader.connect());
    REQUIRE(writer.connect());
    REQUIRE(reader.subscribe("long"));
    const std::string payload(20 << 20, 'l');
    REQUIRE(writer.say("long", payload));
    REQUIRE(reader.seen.until([&] { return reader.seen.messages.size() == 1; }));
    CHECK(reader.seen.messages[0].payload == payload);
  }
}

TEST_CASE(
    "a broker that vanishes without a word is given up one keep alive after the ping that it left open") {
  struct {
    bool publishes;
    raw_broker broker;
    std::unique_ptr<session> one = nullptr;
    std::chrono::steady_clock::time_point begin = {};
  } cases[] = {{false, {}}, {true, {}}};
  for (auto& c : cases) { // both at once
    auto options = grouped(c.broker.url(), 5);
    options.keep_alive = seconds(1);
    c.one = std::make_unique<session>(options);
    c.begin = std::chrono::steady_clock::now();
    c.one->client.connect();
    c.broker.packet();
    c.broker.send("\x20\3\0\0\0"s);
    REQUIRE(c.one->seen.until([&] { return c.one->seen.connects == 1; }));
  }
  for (auto& c : cases) {
    CHECK(c.broker.packet() == "\xc0\0"s);
    c.broker.send("\xd0\0"s); // it was alive so far, from now on nothing comes
    if (c.publishes) REQUIRE(c.one->client.publish({"t", "x"}));
  }
  for (auto& c : cases) {
    CAPTURE(c.publishes);
    REQUIRE(c.one->seen.until([&] { return !c.one->seen.losses.empty(); }));
    CHECK(std::chrono::steady_clock::now() - c.begin >= seconds(3)); // a ping, the next one, and once more
    CHECK(c.one->seen.losses[0].text.find("the broker does not answer") != std::string::npos);
    CHECK_FALSE(c.one->client.publish({"t", "x"}));
  }
}
