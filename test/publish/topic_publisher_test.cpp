// What the MQTT sink sends, in which order, and what refusals and closes do to it.
#include "actors/publish/mqtt/topic_publisher.hpp"

#include <doctest/doctest.h>

using namespace sluice;
using ms = std::chrono::milliseconds;

namespace {

outbox_record record(std::uint64_t sequence, const std::string& device, const std::string& identity = "",
                     std::uint32_t revision = 0,
                     const std::string& values = R"({"t_mean":21.5,"site":"north"})") {
  return {sequence, "climate", identity.empty() ? "climate|" + std::to_string(sequence) : identity, revision,
          R"({"pipeline":"climate","device":")" + device + R"(","start":0,"end":10,"revision":)" +
              std::to_string(revision) + R"(,"values":)" + values + "}"};
}

mqtt_sink_options with_topic(const std::string& text) {
  mqtt_sink_options o;
  o.topic = *config::topic_template::parse(text);
  return o;
}

struct bench {
  explicit bench(mqtt_sink_options o = with_topic("results/{pipeline}/{device}"), sink_cursor from = {})
      : pub("results", std::move(o), from) {}
  topic_publisher pub;
  ms now{1000};
  std::uint64_t tokens = 0;
  std::vector<mqtt_publish> sent;
  void pump() {
    while (auto p = pub.next(now)) {
      sent.push_back(std::move(*p));
      pub.sent(++tokens, now);
    }
  }
};

} // namespace

TEST_CASE("a result goes to the topic its fields make, with identity and revision beside it") {
  auto options = with_topic("r/{pipeline}/{site}/{device}");
  options.properties = {{"plant", "7"}};
  bench b(options);
  b.pub.offer({record(1, "room-1", "climate|room-1|0|10", 2)});
  b.pump();
  CHECK(b.sent.empty()); // no connection yet
  b.pub.connected(b.now, 0);
  b.pump();
  REQUIRE(b.sent.size() == 1);
  CHECK(b.sent[0].topic == "r/climate/north/room-1");
  CHECK(b.sent[0].payload == record(1, "room-1", "climate|room-1|0|10", 2).json);
  CHECK(b.sent[0].user_properties ==
        std::vector<std::pair<std::string, std::string>>{
            {"sluice-id", "climate|room-1|0|10"}, {"revision", "2"}, {"plant", "7"}});
  CHECK(b.sent[0].qos == 1);
}

TEST_CASE("qos, retain and expiry stand in every message") {
  auto options = with_topic("r/{device}");
  options.qos = 0, options.retain = true, options.expiry = std::chrono::hours(1);
  const auto made = mqtt_message_of(options, record(1, "a"));
  REQUIRE(made);
  CHECK(made->qos == 0);
  CHECK(made->retain);
  CHECK(made->expiry == std::chrono::hours(1));
}

TEST_CASE("payload: values sends the object of the values only") {
  auto options = with_topic("r/{device}");
  options.payload = mqtt_sink_options::body::values;
  const auto made = mqtt_message_of(options, record(1, "a"));
  REQUIRE(made);
  CHECK(made->payload == R"({"t_mean":21.5,"site":"north"})");
}

TEST_CASE("a key field and the result of another key make a topic too") {
  const auto made =
      mqtt_message_of(with_topic("site/{site}"),
                      {1, "sites", "x", 0, R"({"pipeline":"sites","key":{"site":"a"},"values":{}})"});
  REQUIRE(made);
  CHECK(made->topic == "site/a");
}

TEST_CASE("a result without a topic is a dead letter, the next one goes on") {
  bench b(with_topic("r/{nowhere}"));
  b.pub.connected(b.now, 0);
  b.pub.offer({record(1, "a")});
  b.pump();
  CHECK(b.sent.empty());
  auto progress = b.pub.take_progress();
  REQUIRE(progress);
  REQUIRE(progress->dead.size() == 1);
  CHECK(progress->dead[0].why == reason::sink_unstorable);
  CHECK(progress->dead[0].where == "{nowhere}");
  CHECK(progress->cursor.acked == 1);
}

TEST_CASE("what is no topic level is refused: slash, wildcards, control characters, nothing") {
  for (const std::string bad : {"a/b", "+", "#", "", "a\\u0000b"}) {
    CAPTURE(bad);
    const auto made =
        mqtt_message_of(with_topic("r/{site}"), record(1, "d", "", 0, "{\"site\":\"" + bad + "\"}"));
    REQUIRE(!made);
    CHECK(made.error().where == "{site}");
  }
}

TEST_CASE("the window bounds what is unacknowledged, and PUBACKs come in any order") {
  auto options = with_topic("r/{device}");
  options.in_flight = 2;
  bench b(options);
  b.pub.connected(b.now, 0);
  b.pub.offer({record(1, "a"), record(2, "b"), record(3, "c")});
  b.pump();
  CHECK(b.sent.size() == 2);
  b.pub.acked(2, 0, b.now);
  b.pub.acked(2, 0, b.now); // again
  b.pub.acked(99, 0, b.now);
  auto progress = b.pub.take_progress();
  REQUIRE(progress);
  CHECK(progress->cursor.acked == 0);
  CHECK(progress->cursor.above == std::vector<std::uint64_t>{2});
  CHECK(progress->delivered == 1);
  b.pump();
  CHECK(b.sent.size() == 3);
  b.pub.acked(1, 16, b.now); // no matching subscribers: taken
  b.pub.acked(3, 0, b.now);
  progress = b.pub.take_progress();
  REQUIRE(progress);
  CHECK(progress->cursor.acked == 3);
  CHECK(!b.pub.take_progress());
}

TEST_CASE("two revisions of one result never travel together") {
  bench b;
  b.pub.connected(b.now, 0);
  b.pub.offer({record(1, "a", "x", 0), record(2, "a", "x", 1), record(3, "b")});
  b.pump();
  CHECK(b.sent.size() == 1);
  b.pub.acked(1, 0, b.now);
  b.pump();
  CHECK(b.sent.size() == 3);
}

TEST_CASE("a refusal for the moment is tried again in its place, one for good is a dead letter") {
  bench b;
  b.pub.connected(b.now, 0);
  b.pub.offer({record(1, "a"), record(2, "b")});
  b.pump();
  b.pub.acked(1, 0x97, b.now); // quota exceeded
  b.pub.acked(2, 0x87, b.now); // not authorized
  auto progress = b.pub.take_progress();
  REQUIRE(progress);
  REQUIRE(progress->dead.size() == 1);
  CHECK(progress->dead[0].why == reason::sink_refused);
  CHECK(progress->dead[0].detail == "not authorized (0x87)");
  CHECK(!b.pub.trouble().empty());
  b.pump();
  CHECK(b.sent.size() == 2); // paused
  REQUIRE(b.pub.wait(b.now));
  b.now += *b.pub.wait(b.now);
  b.pump();
  REQUIRE(b.sent.size() == 3);
  CHECK(b.sent[2].topic == "results/climate/a");
  b.pub.acked(3, 0, b.now);
  CHECK(b.pub.trouble().empty());
  CHECK(b.pub.take_progress()->cursor.acked == 2);
}

TEST_CASE("a record longer than the broker takes is a dead letter and never closes the connection") {
  bench b;
  b.pub.connected(b.now, 300);
  b.pub.offer({record(1, "a", "", 0, "{\"text\":\"" + std::string(300, 'x') + "\"}"), record(2, "b")});
  b.pump();
  CHECK(b.sent.size() == 1);
  auto progress = b.pub.take_progress();
  REQUIRE(progress);
  REQUIRE(progress->dead.size() == 1);
  CHECK(progress->dead[0].why == reason::sink_too_large);
}

TEST_CASE("max_packet holds also where the broker names no limit") {
  auto options = with_topic("r/{device}");
  options.max_packet = 1024;
  bench b(options);
  b.pub.connected(b.now, 0);
  b.pub.offer({record(1, "a", "", 0, "{\"text\":\"" + std::string(1024, 'x') + "\"}"), record(2, "b")});
  b.pump();
  CHECK(b.sent.size() == 1);
  const auto progress = b.pub.take_progress();
  REQUIRE(progress);
  REQUIRE(progress->dead.size() == 1);
  CHECK(progress->dead[0].why == reason::sink_too_large);
}

TEST_CASE("what no packet can hold is a dead letter, and what is behind it goes on at once") {
  bench b;
  b.pub.connected(b.now, 0);
  b.pub.offer({record(1, "a"), record(2, "b")});
  REQUIRE(b.pub.next(b.now));
  b.pub.unsent({ec::invalid, "a property is no UTF-8"}, b.now);
  b.pump();
  REQUIRE(b.sent.size() == 1);
  CHECK(b.sent[0].topic == "results/climate/b");
  const auto progress = b.pub.take_progress();
  REQUIRE(progress);
  REQUIRE(progress->dead.size() == 1);
  CHECK(progress->dead[0].why == reason::sink_unstorable);
  CHECK(progress->dead[0].identity == "climate|1");
  CHECK(progress->dead[0].detail == "a property is no UTF-8");
  CHECK(progress->cursor.acked == 1);
  CHECK(b.pub.trouble().empty());
}

TEST_CASE("what this broker takes from nobody ends the connection with the reason, and nothing is lost") {
  bench b;
  b.pub.connected(b.now, 0);
  b.pub.offer({record(1, "a")});
  REQUIRE(b.pub.next(b.now));
  b.pub.unsent({ec::refused, "the broker retains nothing"}, b.now);
  REQUIRE(b.pub.wants_restart());
  CHECK(b.pub.wants_restart()->code == ec::refused);
  CHECK(b.pub.wants_restart()->text == "the broker retains nothing");
  b.pump();
  CHECK(b.sent.empty());
  CHECK_FALSE(b.pub.take_progress());
}

TEST_CASE("what the client does not take now is tried again soon, and the status says why") {
  bench b;
  b.pub.connected(b.now, 0);
  b.pub.offer({record(1, "a"), record(2, "b")});
  REQUIRE(b.pub.next(b.now));
  b.pub.unsent({ec::throttled, "65000 publishes wait"}, b.now);
  CHECK(b.pub.trouble() == "65000 publishes wait");
  CHECK(b.pub.held_records() == 2);
  b.pump();
  CHECK(b.sent.empty());
  REQUIRE(b.pub.wait(b.now));
  b.now += *b.pub.wait(b.now);
  b.pump();
  REQUIRE(b.sent.size() == 2);
  CHECK(b.sent[0].topic == "results/climate/a");
  b.pub.acked(1, 0, b.now);
  CHECK(b.pub.trouble().empty());
}

TEST_CASE("ack_timeout says after how long silence ends the connection") {
  auto options = with_topic("r/{device}");
  options.ack_timeout = ms(5000);
  bench b(options);
  b.pub.connected(b.now, 0);
  b.pub.offer({record(1, "a")});
  b.pump();
  b.now += ms(4999);
  b.pub.tick(b.now);
  CHECK_FALSE(b.pub.wants_restart());
  b.now += ms(1);
  b.pub.tick(b.now);
  CHECK(b.pub.wants_restart());
}

TEST_CASE(
    "silence beyond the acknowledgement timeout ends the connection; its successor sends the rest again") {
  bench b;
  b.pub.connected(b.now, 0);
  b.pub.offer({record(1, "a"), record(2, "b")});
  b.pump();
  b.pub.acked(2, 0, b.now);
  b.now += ms(30000);
  b.pub.tick(b.now);
  REQUIRE(b.pub.wants_restart());
  CHECK(b.pub.wants_restart()->code == ec::timeout);
  const auto stored = b.pub.take_progress()->cursor;
  bench next(with_topic("results/{pipeline}/{device}"), stored);
  next.pub.connected(next.now, 0);
  CHECK(next.pub.wants().after == 0);
  next.pub.offer({record(1, "a"), record(2, "b")});
  next.pump();
  REQUIRE(next.sent.size() == 1);
  CHECK(next.sent[0].topic == "results/climate/a");
}
