// Results of a pipeline read back as events of another.
#include "actors/ingest/chained_result.hpp"

#include <set>

#include <doctest/doctest.h>

using namespace sluice;

namespace {

std::string event_of(const chained_result& r) {
  std::string scratch;
  return std::string(r.event(scratch));
}

} // namespace

TEST_CASE("a window's result is an event at its end less a millisecond") {
  const auto r = parse_result(
      R"({"pipeline":"climate","device":"room-1","start":0,"end":60000,"revision":0,"values":{"t_mean":21.5,"count":4}})");
  REQUIRE(r);
  CHECK(r->device == "room-1");
  CHECK(r->key.empty());
  CHECK(r->time_ms == 59999);
  CHECK(!r->arrival);
  CHECK(event_of(*r) == R"({"t_mean":21.5,"count":4})");
}

TEST_CASE("an event of a windowless pipeline keeps its time") {
  const auto r = parse_result(
      R"({"pipeline":"p","device":"a","time":-5,"time_source":"arrival","values":{"text":"a}\"{,\\"}})");
  REQUIRE(r);
  CHECK(r->time_ms == -5);
  CHECK(r->arrival);
  CHECK(event_of(*r) == R"({"text":"a}\"{,\\"})");
}

TEST_CASE("the fields of a key are fields of the event beside the values") {
  const auto r = parse_result(
      R"({"pipeline":"p","key":{"site":"a,\"values\":{","floor":3},"start":0,"end":10,"number":7,"revision":0,"values":{"count":4}})");
  REQUIRE(r);
  CHECK(r->device.empty());
  CHECK(event_of(*r) == R"({"site":"a,\"values\":{","floor":3,"count":4})");
  const auto empty = parse_result(R"({"pipeline":"p","key":{"site":"a"},"start":0,"end":10,"values":{}})");
  REQUIRE(empty);
  CHECK(event_of(*empty) == R"({"site":"a"})");
  const auto none = parse_result(R"({"pipeline":"p","key":{},"start":0,"end":10,"values":{"count":4}})");
  REQUIRE(none);
  CHECK(event_of(*none) == R"({"count":4})");
}

TEST_CASE("what is no result of a pipeline is refused") {
  for (const char* text : {
           "", "{", "{}", "[]", "null", R"({"device":"a"})",
           R"({"pipeline":"p","device":"a","end":10})",                              // no values
           R"({"pipeline":"p","device":"a","values":{}})",                           // no time
           R"({"pipeline":"p","end":10,"values":{}})",                               // neither device nor key
           R"({"pipeline":"p","device":"a","key":{},"end":10,"values":{}})",         // both
           R"({"pipeline":"p","device":"a b","end":10,"values":{}})",                // no device id
           R"({"pipeline":"p","device":"a","end":1.5,"values":{}})",                 // no whole number
           R"({"pipeline":"p","device":"a","end":10,"values":{"x":"y})",             // torn
           R"({"pipeline":"p","device":"a","end":10,"values":{}} )",                 // more behind it
           R"({"pipeline":"p","device":"a","end":99999999999999999999,"values":{}})" // beyond int64
       }) {
    CAPTURE(text);
    CHECK(!parse_result(text));
  }
}

TEST_CASE("the device of keyed results is the key's values, or a hash where those are no device id") {
  CHECK(device_of_key("{}") == "all");
  CHECK(device_of_key(R"({"site":"a"})") == "a");
  CHECK(device_of_key(R"({"site":"a","floor":-3.5})") == "a:-3.5");
  std::set<std::string> seen;
  for (const char* key : {R"({"site":""})", R"({"site":"a b"})", R"({"site":"a:b"})", R"({"site":"ä"})",
                          R"({"site":"a\"b"})", R"({"a":"x:y","b":"z"})", R"({"a":"x","b":"y:z"})"}) {
    const auto device = device_of_key(key);
    CHECK(device.starts_with("key:"));
    CHECK(device.size() == 36);
    CHECK(seen.insert(device).second);
  }
  CHECK(device_of_key("{\"site\":\"" + std::string(200, 'x') + "\"}").size() == 36);
}

TEST_CASE("the transition of an alarm is told from a result") {
  CHECK(is_transition(
      R"({"pipeline":"p","device":"a","time":5,"alarm":"hot","state":"raised","number":1,"values":{"t":81.5}})"));
  CHECK(!is_transition(R"({"pipeline":"p","device":"a","time":5,"values":{"x":1,"alarm":"hot"}})"));
  CHECK(!is_transition(R"({"pipeline":"p","key":{"site":",\"alarm\":\""},"start":0,"end":5,"values":{}})"));
}
