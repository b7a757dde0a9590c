// The grouped client beside a broker that breaks off, or breaks the rules, at any byte of any packet.
#include <doctest/doctest.h>

#include "actors/client/mqtt/session.hpp"
#include "test/client/mqtt/server_packets.hpp"
#include "test/client/raw_broker.hpp"
#include "test/client/recorder.hpp"

using namespace sluice;
using namespace sluice::test;
using namespace std::string_literals;

namespace {

std::string accepted(int protocol) {
  return protocol == 5 ? "\x20\3\0\0\0"s : "\x20\2\0\0"s;
}

} // namespace

TEST_CASE("a connection that ends within any packet, at any byte, is lost once and hands nothing over") {
  for (const auto& [protocol, bytes] : server_packets) {
    const bool first = bytes[0] == '\x20';
    for (std::size_t length = first ? 0 : 1; length < bytes.size(); ++length) {
      CAPTURE(protocol);
      CAPTURE(static_cast<int>(static_cast<unsigned char>(bytes[0])));
      CAPTURE(length);
      raw_broker broker;
      session one(grouped(broker.url(), protocol));
      one.client.connect();
      broker.packet();
      broker.send((first ? "" : accepted(protocol)) + bytes.substr(0, length));
      broker.hang_up();
      REQUIRE(one.seen.until([&] { return !one.seen.losses.empty() || !one.seen.failures.empty(); }));
      CHECK(one.seen.failures.size() == (first ? 1 : 0));
      CHECK(one.seen.losses.size() == (first ? 0 : 1));
      CHECK((first ? one.seen.failures : one.seen.losses)[0].code == ec::connection_lost);
      CHECK(one.seen.messages.empty());
      CHECK(one.seen.released.empty());
    }
  }
}

TEST_CASE("a packet whose body is cut at any byte ends the connection, and the broker hears why") {
  std::size_t refused = 0;
  for (const auto& [protocol, bytes] : server_packets) {
    if (bytes[0] == '\x20') continue;
    for (std::size_t length = 0; length + 2 <= bytes.size(); ++length) {
      CAPTURE(protocol);
      CAPTURE(static_cast<int>(static_cast<unsigned char>(bytes[0])));
      CAPTURE(length);
      auto cut = bytes.substr(0, length + 2);
      cut[1] = static_cast<char>(length);
      const auto options = grouped("", protocol);
      packets::session judge(options, protocol, {}); // what it finds wrong is tested without a socket
      packets::happenings seen;
      REQUIRE(judge.take(accepted(protocol), 1, seen));
      const auto wrong = judge.take(cut, 1, seen);

      raw_broker broker;
      session one(grouped(broker.url(), protocol));
      one.client.connect();
      broker.packet();
      broker.send(accepted(protocol) + cut + (protocol == 5 ? "\x32\6\0\1t\0\x63\0"s : "\x32\5\0\1t\0\x63"s));
      if (wrong && !seen.farewell) { // it goes on: the message behind it is acknowledged
        while (broker.packet() != "\x40\2\0\x63"s) {
        }
        CHECK(one.seen.losses.empty());
        broker.hang_up();
        continue;
      }
      if (!wrong && protocol == 5)
        CHECK(broker.packet() == "\xe0\1"s + static_cast<char>(wrong.error().code));
      if (!wrong) broker.hang_up();
      REQUIRE(one.seen.until([&] { return !one.seen.losses.empty(); }));
      CHECK(one.seen.messages.empty());
      if (wrong) continue; // a DISCONNECT that may be so short
      ++refused;
      const auto text = "the broker broke the protocol: " + wrong.error().text();
      CHECK(one.seen.losses[0].text.find(text) != std::string::npos);
    }
  }
  CHECK(refused > 100);
}
