// Seeded random damage: never a crash, always the same outcome, and the same on the quick way as on the full
// way.
#include <random>

#include <doctest/doctest.h>

#include "actors/ingest/decode/json_check.hpp"
#include "test/ingest/decoder_fixture.hpp"

using namespace sluice;

namespace {

const std::vector<std::string> seeds = {
    R"({"time":1423018800000,"temperature":21.5,"humidity":40.25})",
    R"({"time":1423018800000,"seq":17,"temperature":21.5,"humidity":40.25})",
    R"( { "time" : "2015-02-04T03:00:00Z" , "seq" : 9 , "on" : true , "name" : "a b" } )",
    R"({"time":1,"seq":2,"x":[1,2,{"y":[]}],"z":{"a":null,"b":false},"s":"\u00e9\n"})",
    R"({"time":-1.5e3,"seq":0,"a":1e22,"b":123456789012345678901,"c":-0.0,"d":"größe","e":null})",
    R"({"seq":1,"time":1,"temperature":0.1,"temperature ":2})",
};

std::string damaged(std::mt19937_64& random, std::string text) {
  static const std::string spice = "{}[]\":,\\0123456789.eE+-tfnu \t\n\r\x01\x7f\x80\xc3\xff/";
  const auto count = 1 + random() % 3;
  for (std::uint64_t i = 0; i < count && !text.empty(); ++i) {
    const auto at = random() % text.size();
    switch (random() % 6) {
    case 0:
      text[at] = spice[random() % spice.size()];
      break;
    case 1:
      text.erase(at, 1 + random() % 4);
      break;
    case 2:
      text.insert(at, 1, spice[random() % spice.size()]);
      break;
    case 3:
      text.resize(at);
      break;
    case 4:
      text.insert(at, text.substr(random() % text.size(), random() % 12));
      break;
    default:
      text[at] = static_cast<char>(random());
      break;
    }
  }
  return text;
}

} // namespace

TEST_CASE("100 000 damaged payloads: the quick way and the full way agree, and only JSON is taken") {
  json_options o = decoder_fixture::timed();
  o.sequence_path = "$.seq";
  const std::vector<std::string> used = {"temperature", "humidity", "name", "on", "a", "b", "c", "d", "s"};
  decoder_fixture warm(o, used), cold(o, used);
  std::mt19937_64 random(20150204);
  int taken = 0;
  for (int i = 0; i < 100'000; ++i) {
    const auto& seed = seeds[random() % seeds.size()];
    if (random() % 4 == 0) warm.decode(seed);
    const auto payload = damaged(random, seed);
    cold.decode("{\"forget\":[]}"); // not flat: the next payload goes the full way
    CAPTURE(i);
    CAPTURE(payload);
    cold.decode(payload);
    for (int round = 0; round < 2; ++round) {
      warm.decode(payload);
      REQUIRE(warm.outcome() == cold.outcome());
    }
    const auto problem = check_json(payload, {});
    if (cold.last == json_decoder::result::event) {
      ++taken;
      REQUIRE(!problem);
    } else if (problem) {
      REQUIRE(cold.why.why == problem->why);
    }
    REQUIRE(cold.why.detail != "refused by the parser"); // simdjson and the strict check agree
  }
  CHECK(taken > 5000);
}
