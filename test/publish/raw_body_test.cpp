// What went through `decode: raw` leaves as the bytes that came in.
#include "actors/publish/raw_body.hpp"

#include <doctest/doctest.h>

#include "actors/store/payload_json.hpp"

#include "actors/publish/kafka/record.hpp"
#include "actors/publish/mqtt/message.hpp"

using namespace sluice;
using json = nlohmann::ordered_json;
using pairs = std::vector<std::pair<std::string, std::string>>;

namespace {

outbox_record raw(const std::string& values) {
  return {1, "bridge", "bridge|1|0", 0,
          R"({"pipeline":"bridge","device":"room-1","time":5,"values":)" + values + "}"};
}

} // namespace

TEST_CASE("base64 is read back to the byte, and what is none is refused") {
  CHECK(from_base64("") == "");
  CHECK(from_base64("AA==") == std::string(1, '\0'));
  CHECK(from_base64("/wE=") == "\xff\x01");
  CHECK(from_base64("Zm9v") == "foo");
  for (const auto* bad : {"A", "AA=", "A===", "AA=A", "A*==", "===="}) CHECK_MESSAGE(!from_base64(bad), bad);
}

TEST_CASE("payload and properties are those that came, and the identity is ours") {
  std::string why;
  const auto body = raw_body_of(
      json::parse(
          raw(R"({"payload_base64":"/wE=","properties":"[[\"a\",\"1\"],[\"sluice-id\",\"x\"],[\"b\",\"/wE=\",true],[\"a\",\"2\"]]"})")
              .json),
      why);
  REQUIRE(body);
  CHECK(body->payload == "\xff\x01");
  CHECK(body->properties == pairs{{"a", "1"}, {"b", "\xff\x01"}, {"a", "2"}});
  CHECK(!raw_body_of(json::parse(raw(R"({"t":1})").json), why));
  CHECK(why == "the result has no field payload: the source needs decode: raw");
  CHECK(!raw_body_of(json::parse(raw(R"({"payload_base64":"*"})").json), why));
  const auto without = raw_body_of(json::parse(raw(R"({"payload":"x","properties":""})").json), why);
  REQUIRE(without);
  CHECK(without->properties.size() == 0);
  for (const auto* bad : {"1", "[1]", R"([[\"a\"]])", R"([[\"a\",\"*\",true]])"}) {
    CHECK(!raw_body_of(json::parse(raw(R"({"payload":"x","properties":")" + std::string(bad) + "\"}").json),
                       why));
    CHECK(why == "properties is no list of names and texts, as decode: raw makes it");
  }
}

TEST_CASE("a raw result goes to Kafka with its topic in a header and to MQTT on the topic it has") {
  const auto record = raw(
      R"({"rest":"a/b","topic":"plant/room-1/a/b","payload":"{\"t\": 1}","properties":"[[\"x\",\"y\"]]"})");
  kafka_sink_options kafka;
  kafka.topic = *name_template::parse("bridge");
  kafka.payload = kafka_sink_options::body::raw;
  kafka.headers = {{"topic", *name_template::parse("{topic}")}, {"none", *name_template::parse("{absent}")}};
  const auto out = kafka_record_of(kafka, record);
  REQUIRE(out);
  CHECK(out->payload == "{\"t\": 1}");
  CHECK(out->key == "room-1");
  CHECK(out->headers ==
        pairs{{"sluice-id", "bridge|1|0"}, {"revision", "0"}, {"topic", "plant/room-1/a/b"}, {"x", "y"}});
  mqtt_sink_options mqtt;
  mqtt.topic = *config::topic_template::parse("mirror/{device}/{rest...}");
  mqtt.payload = mqtt_sink_options::body::raw;
  const auto back = mqtt_message_of(mqtt, record);
  REQUIRE(back);
  CHECK(back->topic == "mirror/room-1/a/b");
  CHECK(back->payload == "{\"t\": 1}");
  CHECK(back->content_type.empty());
  CHECK(back->user_properties == pairs{{"sluice-id", "bridge|1|0"}, {"revision", "0"}, {"x", "y"}});
  mqtt.topic = *config::topic_template::parse("mirror/{rest}");
  CHECK(mqtt_message_of(mqtt, record).error().where == "{rest}");
}
