// Brokers and settings of librdkafka as a configuration names them.
#include "actors/client/kafka_options.hpp"

#include <doctest/doctest.h>

using namespace sluice;

TEST_CASE("a broker is a host and a port, 9092 where none is given") {
  CHECK(complete_broker("kafka.plant") == "kafka.plant:9092");
  CHECK(complete_broker("127.0.0.1:1") == "127.0.0.1:1");
  CHECK(complete_broker("[::1]:9093") == "[::1]:9093");
  CHECK(complete_broker("[::1]") == "[::1]:9092");
  for (const auto* bad : {"", ":9092", "h:", "h:0", "h:65536", "kafka://h:1", "a,b", "h:1x", "[::1"})
    CHECK_MESSAGE(!complete_broker(bad), bad);
}

TEST_CASE("a setting that librdkafka does not know is told from a value that it does not take") {
  CHECK(!kafka_setting_problem("socket.keepalive.enable", "true"));
  CHECK(!kafka_setting_problem("request.timeout.ms", "1000")); // of a topic
  const auto unknown = kafka_setting_problem("sokcet.keepalive.enable", "true");
  REQUIRE(unknown);
  CHECK(unknown->unknown);
  CHECK(unknown->what == ", did you mean \"socket.keepalive.enable\"?");
  const auto value = kafka_setting_problem("socket.timeout.ms", "soon");
  REQUIRE(value);
  CHECK(!value->unknown);
  CHECK(value->what.find("socket.timeout.ms") != std::string::npos);
}
