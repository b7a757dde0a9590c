// The publisher's packets and its memory of what has no PUBACK, without a socket.
#include <doctest/doctest.h>

#include "actors/simulate/ack_log.hpp"
#include "actors/simulate/mqtt_publisher.hpp"

#include <fstream>

#include "test/support/mosquitto_process.hpp"

using namespace sluice;
using namespace std::string_literals;

namespace {

const auto accepted = "\x20\x02\0\0"s;

std::string puback(int id) {
  return "\x40\x02"s + static_cast<char>(id >> 8) + static_cast<char>(id & 0xff);
}

struct fixture {
  std::vector<std::string> acked;
  mqtt_publisher publisher;
  std::string out;
  explicit fixture(unsigned window = 10)
      : publisher(window, [this](std::string_view topic, std::string_view payload) {
          acked.push_back(std::string(topic) + "=" + std::string(payload));
        }) {
    publisher.connect({"id", "", "", 20}, out);
    out.clear();
  }
  bool hear(const std::string& bytes) { return publisher.receive(bytes, "mqtt://b:1", out).has_value(); }
  std::string take() { return std::exchange(out, {}); }
};

} // namespace

TEST_CASE("CONNECT carries client id, user and password, and asks for a clean session") {
  std::string out;
  mqtt_publisher publisher(1, [](auto, auto) {});
  publisher.connect({"me", "alice", "pw", 10}, out);
  CHECK(out == "\x10\x19\0\4MQTT\4\xc2\0\x0a\0\2me\0\5alice\0\2pw"s);
}

TEST_CASE("a publish is acknowledged by its packet id, in any order") {
  fixture f;
  CHECK_FALSE(f.publisher.room());
  REQUIRE(f.hear(accepted));
  REQUIRE(f.publisher.room());
  f.publisher.publish("a", "1", f.out);
  CHECK(f.take() == "\x32\6\0\1a\0\1"s + "1");
  f.publisher.publish("b", "2", f.out);
  REQUIRE(f.hear(puback(2) + puback(1)));
  CHECK(f.acked == std::vector<std::string>{"b=2", "a=1"});
  CHECK(f.publisher.in_flight() == 0);
  CHECK(f.publisher.published() == 2);
  REQUIRE(f.hear(puback(1))); // for a repetition: counted once
  CHECK(f.publisher.published() == 2);
}

TEST_CASE("packets may arrive in pieces") {
  fixture f;
  for (const char c : accepted) REQUIRE(f.hear(std::string(1, c)));
  CHECK(f.publisher.connected());
  f.publisher.publish("a", "1", f.out);
  for (const char c : puback(1)) REQUIRE(f.hear(std::string(1, c)));
  CHECK(f.acked.size() == 1);
}

TEST_CASE("after a reconnect what has no PUBACK goes out again, with DUP, in order, under its packet id") {
  fixture f;
  REQUIRE(f.hear(accepted));
  for (int i = 1; i <= 4; ++i) f.publisher.publish("t", std::to_string(i), f.out);
  REQUIRE(f.hear(puback(2)));
  f.publisher.lost();
  CHECK_FALSE(f.publisher.room());
  f.out.clear();
  f.publisher.connect({"id", "", "", 20}, f.out);
  f.out.clear();
  REQUIRE(f.hear(accepted));
  CHECK(f.take() == "\x3a\6\0\1t\0\1"s + "1" + "\x3a\6\0\1t\0\3"s + "3" + "\x3a\6\0\1t\0\4"s + "4");
  CHECK(f.publisher.resent() == 3);
  REQUIRE(f.hear(puback(1) + puback(3) + puback(4)));
  CHECK(f.publisher.in_flight() == 0);
  CHECK(f.acked.size() == 4);
}

TEST_CASE("no more than the window is in flight, and packet ids begin again after 65535") {
  fixture f(3);
  REQUIRE(f.hear(accepted));
  int id = 0;
  for (int i = 0; i < 70000; ++i) {
    REQUIRE(f.publisher.room());
    f.publisher.publish("t", "x", f.out);
    f.out.clear();
    id = id == 65535 ? 1 : id + 1;
    if (i >= 2) REQUIRE(f.hear(puback(id <= 2 ? 65533 + id : id - 2)));
  }
  CHECK(f.publisher.in_flight() == 2);
  f.publisher.publish("t", "x", f.out);
  CHECK_FALSE(f.publisher.room());
}

TEST_CASE("a refusal and bytes that are not MQTT are errors that say so") {
  fixture f;
  auto refused = f.publisher.receive("\x20\x02\0\5"s, "mqtt://b:1", f.out);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ec::refused);
  CHECK(refused.error().text ==
        "mqtt://b:1: the broker refused the connection: not authorized (return code 5)");
  fixture g;
  CHECK_FALSE(g.hear("HTTP/1.1 400 Bad Request\r\n"));
  fixture h;
  CHECK_FALSE(h.hear("\x20\xff\xff\xff\xff\x01"s));
}

TEST_CASE("the ack log holds one JSON line per PUBACK with the payload as its exact text") {
  test::scratch_folder folder;
  {
    auto log = ack_log::create(folder.file("log"));
    REQUIRE(log);
    log->add("a/b", R"({"time":1})");
    log->add("q\"\\", "tab\tend");
    REQUIRE(log->close());
  }
  std::ifstream in(folder.file("log"));
  std::string first, second, none;
  std::getline(in, first);
  std::getline(in, second);
  CHECK(first == R"({"topic":"a/b","payload":"{\"time\":1}"})");
  CHECK(second == R"({"topic":"q\"\\","payload":"tab\u0009end"})");
  CHECK_FALSE(std::getline(in, none));
  const auto nowhere = ack_log::create(folder.file("no/such/folder/log"));
  REQUIRE_FALSE(nowhere);
  CHECK(nowhere.error().code == ec::storage);
}
