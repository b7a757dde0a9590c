// What the options of a connection and of a message put into the packets that leave.
#include <doctest/doctest.h>

#include "test/client/raw_broker.hpp"
#include "test/client/recorder.hpp"
#include "test/support/mosquitto_process.hpp"

using namespace sluice;
using namespace sluice::test;
using namespace std::string_literals;

namespace {

mqtt_connection_options unusual() {
  mqtt_connection_options o;
  o.client = client_kind();
  o.client_id = "plant-7";
  o.keep_alive = std::chrono::seconds(37);
  o.session_expiry = std::chrono::seconds(4660); // 0x1234
  o.receive_maximum = 291;                       // 0x123
  o.user = "sluice", o.password = "secret";
  return o;
}

bool holds(const std::string& packet, const std::string& part) {
  return packet.find(part) != packet.npos;
}

} // namespace

TEST_CASE("client id, keep alive, session, Receive Maximum, user and password stand in CONNECT") {
  raw_broker broker;
  auto options = unusual();
  options.urls = {broker.url()};
  options.protocol = 5;
  session one(options);
  one.client.connect();
  const auto sent = broker.packet();
  CHECK(sent.substr(2, 7) == "\0\4MQTT\5"s);
  CHECK(sent.substr(10, 2) == "\0\x25"s); // keep alive
  CHECK(holds(sent, "\x11\0\0\x12\x34"s));
  CHECK(holds(sent, "\x21\1\x23"s));
  CHECK(holds(sent, "\0\7plant-7"s));
  CHECK(holds(sent, "\0\6sluice\0\6secret"s));
}

TEST_CASE("3.1.1 keeps a session iff session_expiry is not zero") {
  for (const bool kept : {true, false}) {
    raw_broker broker;
    auto options = unusual();
    options.urls = {broker.url()};
    options.protocol = 4;
    if (!kept) options.session_expiry = std::chrono::seconds(0);
    session one(options);
    one.client.connect();
    const auto sent = broker.packet();
    CHECK(sent.substr(2, 7) == "\0\4MQTT\4"s);
    CHECK((sent[9] & 2) == (kept ? 0 : 2)); // clean session
    CHECK(sent.substr(10, 2) == "\0\x25"s);
  }
}

TEST_CASE("expiry of a message is its Message Expiry Interval") {
  raw_broker broker;
  session one(options_for(broker.url(), 5));
  one.client.connect();
  broker.packet();
  broker.send("\x20\3\0\0\0"s); // CONNACK
  REQUIRE(one.seen.until([&] { return one.seen.connects == 1; }));
  mqtt_publish out{"t", "x"};
  out.expiry = std::chrono::seconds(0x1234);
  REQUIRE(one.client.publish(std::move(out)));
  CHECK(holds(broker.packet(), "\2\0\0\x12\x34"s));
}

TEST_CASE("a subscription with QoS 0 gets messages of QoS 1 without acknowledgement") {
  mosquitto_process broker;
  session reader(options_for(broker.url())), writer(options_for(broker.url()));
  REQUIRE(reader.connect());
  REQUIRE(writer.connect());
  REQUIRE(reader.subscribe("a", 0));
  REQUIRE(writer.say("a", "x"));
  REQUIRE(reader.seen.until([&] { return reader.seen.messages.size() == 1; }));
  CHECK(reader.seen.messages[0].qos == 0);
}
