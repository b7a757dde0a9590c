#include "actors/publish/thingsboard/payload.hpp"

#include <doctest/doctest.h>

#include "actors/publish/thingsboard/names.hpp"

using namespace sluice;
using namespace sluice::thingsboard;

namespace {

outbox_record record(std::string json, std::uint32_t revision = 0) {
  return {1, "climate", "id", revision, std::move(json)};
}

outbox_record of_values(const std::string& values, const std::string& device = "room-1") {
  return record(R"({"pipeline":"climate","device":")" + device +
                R"(","start":1423018800000,"end":1423018860000,"revision":0,"values":)" + values + "}");
}

std::string element(const thingsboard_options& options, const outbox_record& r) {
  auto ready = prepare(options, r);
  REQUIRE(ready);
  return ready->element;
}

} // namespace

TEST_CASE("a window result becomes telemetry of its device at the window's end") {
  thingsboard_options options;
  auto ready = prepare(options, of_values(R"({"temperature_mean":21.53,"count":4,"on":true,"mode":"auto"})"));
  REQUIRE(ready);
  CHECK(ready->element ==
        R"({"ts":1423018860000,"values":{"temperature_mean":21.53,"count":4,"on":true,"mode":"auto"}})");
  CHECK(topic(options) == "v1/gateway/telemetry");
  CHECK(assemble(options, {&*ready}) == R"({"room-1":[)" + ready->element + "]}");
  CHECK(assemble(options, {&*ready, &*ready}) ==
        R"({"room-1":[)" + ready->element + "," + ready->element + "]}");

  options.publish_as = thingsboard_options::mode::device;
  CHECK(topic(options) == "v1/devices/me/telemetry");
  CHECK(assemble(options, {&*ready}) == "[" + ready->element + "]");
}

TEST_CASE("the transition of an alarm becomes its name and its severity, whatever values it has") {
  thingsboard_options options;
  options.prefix = "w_";
  const auto raised = record(
      R"({"pipeline":"climate","device":"room-1","time":5,"alarm":"hot","state":"raised","severity":"critical","number":1,"values":{"t":81}})");
  CHECK(element(options, raised) == R"({"ts":5,"values":{"w_hot":true,"w_hot_severity":"critical"}})");
  const auto cleared = record(
      R"({"pipeline":"climate","device":"room-1","time":6,"alarm":"hot","state":"cleared","severity":"critical","number":2,"values":{}})");
  CHECK(element(options, cleared) == R"({"ts":6,"values":{"w_hot":false,"w_hot_severity":"critical"}})");
}

TEST_CASE("the transition of an alarm becomes attributes, telemetry or both, in a publish of its own") {
  using told = thingsboard_options::told;
  thingsboard_options options;
  options.prefix = "w_";
  options.send_revision = true;
  const auto raised = record(
      R"({"pipeline":"climate","device":"room \"1\"","time":5,"alarm":"hot","state":"raised","severity":"minor","number":1,"values":{"t":81}})");
  options.alarms = told::both;
  auto both = prepare(options, raised);
  REQUIRE(both);
  CHECK(both->element == R"({"ts":5,"values":{"w_hot":true,"w_hot_severity":"minor","w_revision":0}})");
  CHECK(both->attributes == R"({"w_hot":true,"w_hot_severity":"minor"})");
  CHECK(assemble_attributes(options, *both) == R"({"room \"1\"":)" + both->attributes + "}");
  CHECK(topic(options, true) == "v1/gateway/attributes");
  options.alarms = told::attributes;
  auto only = prepare(options, raised);
  REQUIRE(only);
  CHECK(only->element == "");
  CHECK(only->attributes == both->attributes);
  CHECK(only->order == both->order);
  options.publish_as = thingsboard_options::mode::device;
  CHECK(assemble_attributes(options, *only) == only->attributes);
  CHECK(topic(options, true) == "v1/devices/me/attributes");
  auto window = prepare(options, of_values(R"({"a":1})")); // no transition: telemetry as ever
  REQUIRE(window);
  CHECK(window->attributes == "");
  CHECK(window->element == R"({"ts":1423018860000,"values":{"w_a":1,"w_revision":0}})");
  CHECK(window->order == "");
}

TEST_CASE("timestamp, prefix and revision follow their options") {
  thingsboard_options options;
  options.stamp = thingsboard_options::timestamp::start;
  options.prefix = "w_";
  auto r = of_values(R"({"a":1})");
  r.revision = 3;
  CHECK(element(options, r) == R"({"ts":1423018800000,"values":{"w_a":1}})");
  options.send_revision = true;
  CHECK(element(options, r) == R"({"ts":1423018800000,"values":{"w_a":1,"w_revision":3}})");
  options.prefix = "";
  auto ready = prepare(options, of_values(R"({"revision":7})"));
  REQUIRE(ready);
  CHECK(ready->element == R"({"ts":1423018800000,"values":{"revision":7}})");
  CHECK(ready->revision_hidden);
}

TEST_CASE("an event of a pipeline without window is sent at its own time") {
  CHECK(element({}, record(R"({"pipeline":"p","device":"d","time":1700000000123,"values":{"t":1.5}})")) ==
        R"({"ts":1700000000123,"values":{"t":1.5}})");
}

TEST_CASE("a number that cannot be stored is left out and counted, the record is sent without it") {
  auto ready = prepare(
      {}, of_values(
              R"({"a":1e300,"b":9223372036854775808,"c":-9223372036854775808,"d":5e-324,"e":2.5,"f":null})"));
  REQUIRE(ready);
  CHECK(ready->value_range == 4);
  CHECK(ready->element == R"({"ts":1423018860000,"values":{"e":2.5}})");
  auto none = prepare({}, of_values(R"({"a":1e300})"));
  REQUIRE_FALSE(none);
  CHECK(none.error().why == reason::sink_unstorable);
  CHECK(none.error().value_range == 1);
  CHECK_FALSE(prepare({}, of_values("{}")));
}

TEST_CASE("keys and device names that ThingsBoard would lose never leave") {
  for (std::string key : {"", "   ", "a<b", "<b>x</b>", "x\\u0000y", "\\u3000"}) {
    auto ready = prepare({}, of_values(R"({"good":1,")" + key + R"(":2})"));
    CAPTURE(key);
    REQUIRE_FALSE(ready);
    CHECK(ready.error().why == reason::sink_unstorable);
    CHECK(ready.error().where == "$.values");
    auto device = prepare({}, of_values(R"({"good":1})", key));
    REQUIRE_FALSE(device);
    CHECK(device.error().where == "$.device");
  }
  CHECK_FALSE(prepare({}, of_values(R"({")" + std::string(256, 'k') + R"(":2})")));
  CHECK(prepare({}, of_values(R"({")" + std::string(255, 'k') + R"(":2})")));
  CHECK_FALSE(prepare({}, of_values(R"({"ts":1,"values":2})")));
  CHECK(prepare({}, of_values(R"({"ts":1,"value":2})")));
  CHECK(prepare({}, of_values(R"({"{{x}}":1,"a.b, c/&\"":2,"ü":3})", "Gewächshaus/1")));
  thingsboard_options options;
  options.prefix = "p_";
  CHECK(prepare(options, of_values(R"({"ts":1,"values":2,"":3})")));
  options.publish_as = thingsboard_options::mode::device; // the name is not sent
  CHECK(prepare(options, of_values(R"({"a":1})", "")));
}

TEST_CASE("names are counted in UTF-16 units") {
  std::string wide;
  for (int i = 0; i < 127; ++i) wide += "\xF0\x9F\x8C\xB1";
  CHECK(bad_name(wide).empty());
  CHECK(bad_name(wide + "a").empty());
  CHECK(bad_name(wide + "ab") == "is longer than 255 characters");
}

TEST_CASE("a text that looks numeric is sent as it is, and named") {
  auto ready =
      prepare({}, of_values(R"({"a":"007","b":"1.50","c":"1e5","d":"+5","e":".5","f":"5.","g":"-","h":""})"));
  REQUIRE(ready);
  CHECK(ready->numeric_texts == std::vector<std::string>{"a", "b", "e"});
  CHECK(ready->element.find(R"("a":"007","b":"1.50")") != std::string::npos);
}

TEST_CASE("one record larger than the packet is too large") {
  thingsboard_options options;
  options.max_packet = 200;
  auto ready = prepare(options, of_values(R"({"a":")" + std::string(100, 'x') + R"("})"));
  REQUIRE(ready);
  auto bytes = packet_bytes(options, ready->device, ready->element.size(), 1);
  CHECK(bytes >= 2 + 2 + topic(options).size() + 2 + 1 + assemble(options, {&*ready}).size());
  CHECK(bytes <= 10 + 2 + topic(options).size() + assemble(options, {&*ready}).size());
  auto large = prepare(options, of_values(R"({"a":")" + std::string(200, 'x') + R"("})"));
  REQUIRE_FALSE(large);
  CHECK(large.error().why == reason::sink_too_large);
}

TEST_CASE("a record that is none is refused with its reason") {
  for (auto text : {"", "[]", "{", "{}", R"({"device":"a"})", R"({"device":"a","end":1})",
                    R"({"device":5,"end":1,"values":{"a":1}})",
                    R"({"device":"a","end":"x","values":{"a":1}})", R"({"device":"a","end":1,"values":[1]})"})
    CHECK_FALSE(prepare({}, record(text)));
}

TEST_CASE("a keyed result is telemetry of a device named after its key") {
  const auto device_of = [](const std::string& key, const std::string& pipeline = "sites") {
    auto ready = prepare({}, record(R"({"pipeline":")" + pipeline + R"(","key":)" + key +
                                    R"(,"start":0,"end":10,"revision":0,"values":{"count":1}})"));
    return ready ? ready->device : "refused";
  };
  CHECK(device_of(R"({"site":"north"})") == "north");
  CHECK(device_of(R"({"site":"north","floor":3,"inside":true})") == "north:3:true");
  CHECK(device_of("{}") == "sites");
  CHECK(device_of(R"({"site":""})") == "refused");
  CHECK(device_of(R"({"site":"<b>"})") == "refused");
}
