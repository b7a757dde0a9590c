// What the Kafka sink sends, in which order, and what each answer does to it.
#include "actors/publish/kafka/record_publisher.hpp"

#include <doctest/doctest.h>

#include "actors/publish/kafka/record.hpp"

using namespace sluice;

namespace {

outbox_record record(std::uint64_t sequence, const std::string& device = "room-1",
                     const std::string& values = R"({"t_mean":21.5,"site":"north"})") {
  return {sequence, "climate", "climate|" + std::to_string(sequence), 1,
          R"({"pipeline":"climate","device":")" + device + R"(","start":0,"end":10,"revision":1,"values":)" +
              values + "}"};
}

kafka_sink_options with_topic(const std::string& text) {
  kafka_sink_options o;
  o.topic = *name_template::parse(text);
  return o;
}

struct bench {
  explicit bench(kafka_sink_options o = with_topic("results"), sink_cursor from = {})
      : pub("out", std::move(o), from) {}
  record_publisher pub;
  std::vector<std::uint64_t> sent;
  void pump() {
    while (pub.next() != nullptr) {
      sent.push_back(pub.token());
      pub.sent();
    }
  }
  void answer(std::uint64_t token, kafka_fate fate = kafka_fate::delivered) {
    pub.answered({token, fate, fate == kafka_fate::delivered ? "" : "because"});
  }
};

} // namespace

TEST_CASE(
    "a result becomes a record of its topic with the device as key and identity and revision as headers") {
  auto options = with_topic("sluice.{pipeline}.{site}");
  options.headers = {{"plant", *name_template::parse("7")}};
  const auto made = kafka_record_of(options, record(4));
  REQUIRE(made);
  CHECK(made->topic == "sluice.climate.north");
  CHECK(made->key == "room-1");
  CHECK(made->payload == record(4).json);
  CHECK(made->headers == std::vector<std::pair<std::string, std::string>>{
                             {"sluice-id", "climate|4"}, {"revision", "1"}, {"plant", "7"}});
}

TEST_CASE("the key is a template, none, or the key of the result as JSON") {
  auto options = with_topic("results");
  options.key = *name_template::parse("{site}/{device}");
  CHECK(kafka_record_of(options, record(1))->key == "north/room-1");
  options.has_key = false;
  CHECK(!kafka_record_of(options, record(1))->key);
  auto keyed = record(1);
  keyed.json = R"({"pipeline":"climate","key":{"site":"a","line":2},"values":{}})";
  CHECK(kafka_record_of(with_topic("results"), keyed)->key == R"({"site":"a","line":2})");
}

TEST_CASE("the device is the key whatever characters it and the pipeline have, wherever it stands") {
  auto result = record(1);
  const auto key = [&](std::string text) {
    result.json = std::move(text);
    return kafka_record_of(with_topic("results"), result)->key;
  };
  CHECK(key(R"({"pipeline":"a\\","device":"say \"\u00fc\" \\","values":{}})") == "say \"\xc3\xbc\" \\");
  CHECK(key(R"({"pipeline":",\"device\":\"x\"","device":"y","values":{}})") == "y");
  CHECK(key(R"({"pipeline":"a","time":1,"device":"behind"})") == "behind");
  CHECK(key(R"({"pipeline":"a","device":7,"values":{}})") == std::nullopt);
  CHECK(key(R"({"pipeline":"a","values":{"device":"inner"}})") == std::nullopt);
  result.json = "[]";
  CHECK(kafka_record_of(with_topic("results"), result).error().where == "record");
}

TEST_CASE("payload: values is the object of the values only") {
  auto options = with_topic("results");
  options.payload = kafka_sink_options::body::values;
  CHECK(kafka_record_of(options, record(1))->payload == R"({"t_mean":21.5,"site":"north"})");
}

TEST_CASE("a result without a topic of its own is a dead letter and the next one goes") {
  bench b(with_topic("r.{line}"));
  b.pub.offer({record(1), record(2, "a", R"({"line":"a b"})"), record(3, "a", R"({"line":"ok"})")});
  b.pump();
  CHECK(b.sent == std::vector<std::uint64_t>{3});
  const auto progress = b.pub.take_progress();
  REQUIRE(progress);
  REQUIRE(progress->dead.size() == 2);
  CHECK(progress->dead[0].why == reason::sink_unstorable);
  CHECK(progress->dead[0].where == "{line}");
  CHECK(progress->dead[1].where == "topic");
  CHECK(progress->cursor.acked == 2);
}

TEST_CASE("the cursor is the delivered prefix, and what is delivered above it is kept beside it") {
  bench b;
  b.pub.offer({record(1), record(2), record(3)});
  b.pump();
  CHECK(!b.pub.take_progress());
  b.answer(3);
  b.answer(1);
  const auto progress = b.pub.take_progress();
  REQUIRE(progress);
  CHECK(progress->cursor.acked == 1);
  CHECK(progress->cursor.above == std::vector<std::uint64_t>{3});
  CHECK(progress->delivered == 2);
  b.answer(7); // nobody's
  CHECK(!b.pub.take_progress());
}

TEST_CASE("no more records and bytes are in flight than allowed, and the outbox is not read on") {
  auto options = with_topic("results");
  options.in_flight = 2;
  bench b(options);
  std::vector<outbox_record> many;
  for (std::uint64_t i = 1; i <= 4096; ++i) many.push_back(record(i));
  b.pub.offer(std::move(many));
  b.pump();
  CHECK(b.sent == std::vector<std::uint64_t>{1, 2});
  CHECK(b.pub.wants().most == 0);
  b.answer(1);
  b.pump();
  CHECK(b.sent.back() == 3);
  options.in_flight = 100;
  options.in_flight_bytes = 1;
  bench one(options);
  one.pub.offer({record(1), record(2)});
  one.pump();
  CHECK(one.sent == std::vector<std::uint64_t>{1});
}

TEST_CASE("a record that the client's queue did not take stays in its place") {
  bench b;
  b.pub.offer({record(1), record(2)});
  REQUIRE(b.pub.next() != nullptr);
  b.pub.unsent();
  b.pump();
  CHECK(b.sent == std::vector<std::uint64_t>{1, 2});
}

TEST_CASE("records of a batch that was too large go again one by one, and only the one at fault is dead") {
  bench b;
  b.pub.offer({record(1), record(2), record(3)});
  b.pump();
  b.answer(1, kafka_fate::too_large);
  b.answer(2, kafka_fate::too_large);
  b.pump();
  CHECK(b.sent.size() == 3); // the third has no answer yet
  b.pub.offer({record(4)});
  b.answer(3);
  b.pump();
  CHECK(b.sent.back() == 1);
  b.answer(1);
  b.pump();
  CHECK(b.sent.back() == 2);
  b.answer(2, kafka_fate::too_large);
  b.pump();
  CHECK(b.sent.back() == 4);
  const auto progress = b.pub.take_progress();
  REQUIRE(progress);
  REQUIRE(progress->dead.size() == 1);
  CHECK(progress->dead[0].why == reason::sink_too_large);
  CHECK(progress->dead[0].payload == record(2).json);
  CHECK(progress->cursor.acked == 3);
}

TEST_CASE(
    "an unknown topic ends the producer where all go there, and is one dead letter where fields make it") {
  bench fixed;
  fixed.pub.offer({record(1)});
  fixed.pump();
  fixed.answer(1, kafka_fate::topic);
  REQUIRE(fixed.pub.wants_restart());
  CHECK(fixed.pub.wants_restart()->text == "topic results: because");
  CHECK(fixed.pub.next() == nullptr);
  CHECK(!fixed.pub.take_progress());
  bench made(with_topic("r.{site}"));
  made.pub.offer({record(1), record(2)});
  made.pump();
  made.answer(1, kafka_fate::topic);
  CHECK(!made.pub.wants_restart());
  CHECK(made.pub.take_progress()->dead[0].why == reason::sink_refused);
}

TEST_CASE("what nothing is known of ends the producer and is in no progress") {
  bench b;
  b.pub.offer({record(1), record(2)});
  b.pump();
  b.answer(1);
  b.answer(2, kafka_fate::lost);
  REQUIRE(b.pub.wants_restart());
  CHECK(b.pub.take_progress()->cursor.acked == 1);
}

TEST_CASE("a record that was refused before it was in a batch is a dead letter at once") {
  bench b;
  b.pub.offer({record(1), record(2)});
  b.pump();
  b.pub.answered({1, kafka_fate::too_large, "because", true});
  CHECK(b.pub.unacknowledged() == 1);
  const auto progress = b.pub.take_progress();
  REQUIRE(progress);
  REQUIRE(progress->dead.size() == 1);
  CHECK(progress->dead[0].payload == record(1).json);
}

TEST_CASE(
    "what an aborted transaction held goes again in its order, by halves until the refused one is alone") {
  bench b;
  b.pub.offer({record(1), record(2), record(3), record(4)});
  b.pump();
  const std::vector<kafka_answer> refusal{
      {1, kafka_fate::delivered, ""}, {2, kafka_fate::too_large, "because"}, {3, kafka_fate::lost, "purged"}};
  b.pub.aborted(refusal, "why");
  CHECK(b.pub.unacknowledged() == 0);
  CHECK(!b.pub.take_progress());
  CHECK(!b.pub.wants_restart());
  b.sent.clear();
  b.pump();
  CHECK(b.sent == std::vector<std::uint64_t>{1, 2});
  b.pub.aborted(refusal, "why");
  b.pump();
  CHECK(b.sent == std::vector<std::uint64_t>{1, 2, 1});
  b.pub.committed();
  b.sent.clear();
  b.pump();
  CHECK(b.sent == std::vector<std::uint64_t>{2, 3}); // what went well lets more go
  b.pub.aborted(refusal, "why");
  b.pump();
  CHECK(b.sent.back() == 2);
  b.pub.aborted(refusal, "why");
  const auto progress = b.pub.take_progress();
  REQUIRE(progress);
  REQUIRE(progress->dead.size() == 1);
  CHECK(progress->dead[0].why == reason::sink_too_large);
  CHECK(progress->dead[0].payload == record(2).json);
  CHECK(progress->cursor.acked == 2);
  CHECK(progress->delivered == 1);
  b.sent.clear();
  b.pump();
  b.pub.committed();
  b.pump();
  CHECK(b.sent == std::vector<std::uint64_t>{3, 4});
}

TEST_CASE("a transaction that no record is to blame for ends the producer, with the reason") {
  bench b;
  b.pub.offer({record(1)});
  b.pump();
  b.pub.aborted({{1, kafka_fate::lost, "purged"}}, "Group authorization failed");
  REQUIRE(b.pub.wants_restart());
  CHECK(b.pub.wants_restart()->text == "Group authorization failed");
  bench topic;
  topic.pub.offer({record(1)});
  topic.pump();
  topic.pub.aborted({{1, kafka_fate::topic, "unknown"}}, "why");
  REQUIRE(topic.pub.wants_restart());
  CHECK(topic.pub.wants_restart()->text == "topic results: unknown");
}

TEST_CASE(
    "the mark is the last record in flight and is in the progress before the transaction is committed") {
  bench b;
  CHECK(b.pub.resume(std::nullopt, "me").empty());
  CHECK(b.pub.take_progress()->cursor.mark == "kafka me 0");
  b.pub.offer({record(1), record(4)});
  b.pump();
  CHECK(b.pub.seal() == kafka_mark{4, "me"});
  const auto sealed = b.pub.take_progress();
  REQUIRE(sealed);
  CHECK(sealed->cursor.mark == "kafka me 4");
  CHECK(sealed->cursor.acked == 0);
  CHECK(sealed->delivered == 0);
  b.pub.committed();
  const auto done = b.pub.take_progress();
  REQUIRE(done);
  CHECK(done->cursor.acked == 4);
  CHECK(done->delivered == 2);
}

TEST_CASE("what the mark in the cluster says is committed counts as delivered and is not sent") {
  sink_cursor from;
  from.acked = 1;
  from.mark = "kafka me 3";
  bench b(with_topic("results"), from);
  CHECK(b.pub.resume(kafka_mark{3, "me"}, "other").empty());
  b.pub.offer({record(2), record(3), record(4)});
  b.pump();
  CHECK(b.sent == std::vector<std::uint64_t>{4});
  const auto progress = b.pub.take_progress();
  REQUIRE(progress);
  CHECK(progress->cursor.acked == 3);
  CHECK(progress->delivered == 2);
  CHECK(progress->cursor.mark == "kafka me 3");
}

TEST_CASE("an older copy of a data directory sends again under new marks and says so") {
  sink_cursor from;
  from.acked = 1;
  from.mark = "kafka me 3";
  bench b(with_topic("results"), from);
  CHECK(b.pub.resume(kafka_mark{9, "me"}, "other").starts_with("rolled_back: "));
  CHECK(b.pub.take_progress()->cursor.mark == "kafka other 0");
  b.pub.offer({record(2)});
  b.pump();
  CHECK(b.sent == std::vector<std::uint64_t>{2});
}

TEST_CASE("names stand anywhere in a template") {
  CHECK(name_template::parse("a.{x}-{y}")->expand({"1", "2"}) == "a.1-2");
  for (const auto* bad : {"", "{", "a}", "{}", "{a{b}}"}) CHECK(!name_template::parse(bad));
}
