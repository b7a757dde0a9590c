// Steps that remember, inside a shard: what goes on, what is counted, restarts at any place, ticks.
#include "window_fixture.hpp"

#include "actors/transform/alarm_step.hpp"
#include "actors/transform/deduplicate_step.hpp"
#include "actors/transform/latest_step.hpp"
#include "actors/transform/lookup_step.hpp"
#include "actors/transform/lookup_tables.hpp"
#include "actors/transform/on_change_step.hpp"

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

pipeline_plan plan_of(std::vector<step_options> steps) {
  pipeline_plan p;
  p.name = "climate";
  p.source_name = "field";
  p.steps = std::move(steps);
  return p;
}

// A restart behind a checkpoint.
void again(hands& h) {
  h.checkpoint();
  h.restart();
}

alarm_options overheat() {
  alarm_options a;
  a.id = "alarm-1", a.name = "overheat", a.raise = "t > 80", a.clear = "t < 75";
  a.severity = alarm_options::level::critical;
  return a;
}

} // namespace

TEST_CASE("deduplicate: an equal event is counted filtered and deduplicated, before and after a restart") {
  hands h(plan_of({deduplicate_options{"d", {"t"}, 5min, 2}}));
  h.at(1000, 1);
  h.at(2000, 1);
  again(h);
  h.at(3000, 1);
  h.at(3000, 1, "e"); // another device
  CHECK(h.counters().applied == 2);
  CHECK(h.counters().filtered == 2);
  CHECK(h.counters().deduplicated == 2);
  h.at(4000, 2), h.at(5000, 3);
  CHECK(h.counters().deduplicate_forgotten == 1);
}

TEST_CASE("deduplicate by all compares the event time and the bytes of the message") {
  hands h(plan_of({deduplicate_options{"d", {}, 5min, 10}}));
  h.at(1000, 1), h.at(1000, 1), h.at(1001, 1);
  h.event({"d", 1001, {{"t", 1.0}}, {}, 0, 0, 1}); // the next element of a message
  CHECK(h.counters().applied == 3);
  CHECK(h.counters().deduplicated == 1);
}

TEST_CASE("latest: an event leaves with the values of others, before and after a restart") {
  hands h(plan_of({latest_options{"l", {"t", "u"}, 10min}}));
  h.event({"d", 1000, {{"t", 1.5}}});
  h.event({"d", 2000, {{"u", std::string("on")}}});
  again(h);
  h.event({"d", 3000, {{"t", 2.5}}});
  h.event({"d", 1500, {{"t", 9.5}}}); // older: its own value stays, and replaces nothing
  h.event({"d", 4000, {{"v", true}}});
  h.event({"d", 10000000, {{"v", true}}});
  h.event({"e", 4000, {{"v", true}}});
  CHECK(h.jsons() ==
        std::vector<std::string>{
            R"({"pipeline":"climate","device":"d","time":1000,"values":{"t":1.5}})",
            R"({"pipeline":"climate","device":"d","time":2000,"values":{"t":1.5,"u":"on"}})",
            R"({"pipeline":"climate","device":"d","time":3000,"values":{"t":2.5,"u":"on"}})",
            R"({"pipeline":"climate","device":"d","time":1500,"values":{"t":9.5,"u":"on"}})",
            R"({"pipeline":"climate","device":"d","time":4000,"values":{"t":2.5,"u":"on","v":true}})",
            R"({"pipeline":"climate","device":"d","time":10000000,"values":{"v":true}})",
            R"({"pipeline":"climate","device":"e","time":4000,"values":{"v":true}})"});
}

TEST_CASE("on_change: an event without a change is counted filtered and unchanged") {
  hands h(plan_of({on_change_options{"o", {{"t", {dead_band::kind::absolute, 0.5}}}, 1min}}));
  h.at(0, 20), h.at(1000, 20.5);
  again(h);
  h.at(2000, 20.25), h.at(3000, 21), h.at(62999, 21), h.at(63000, 21);
  CHECK(h.counters().applied == 3);
  CHECK(h.counters().filtered == 3);
  CHECK(h.counters().unchanged == 3);
  h.event({"d", 64000, {{"t", std::string("warm")}}});
  CHECK(h.counters().dead_lettered == 1);
  CHECK(h.dead_letters().at(0).why == reason::field_type);
}

TEST_CASE("an event that a later step refuses leaves the memory of an earlier one as it was") {
  hands h(plan_of({deduplicate_options{"d", {"t"}, 5min, 10}, filter_options{"f", "u > 0"}}));
  h.event({"d", 1000, {{"t", 1.0}, {"u", std::string("x")}}});
  CHECK(h.counters().dead_lettered == 1);
  h.event({"d", 1000, {{"t", 1.0}, {"u", 1.0}}});
  CHECK(h.counters().applied == 1);
  h.event({"d", 1000, {{"t", 2.0}, {"u", -1.0}}}); // filtered is accepted: remembered
  h.event({"d", 1000, {{"t", 2.0}, {"u", 1.0}}});
  CHECK(h.counters().filtered == 2);
  CHECK(h.counters().deduplicated == 1);
}

TEST_CASE("alarm: transitions are results with a number of their own, and the event goes on with the field") {
  hands h(plan_of({overheat()}));
  h.at(1000, 70), h.at(2000, 81.5);
  again(h);
  h.at(3000, 78), h.at(2500, 10), h.at(4000, 74);
  const auto results = h.results();
  std::vector<std::string> json;
  for (const auto& r : results) json.push_back(r.json);
  CHECK(
      json ==
      std::vector<std::string>{
          R"({"pipeline":"climate","device":"d","time":1000,"values":{"overheat":false,"t":70}})",
          R"({"pipeline":"climate","device":"d","time":2000,"alarm":"overheat","state":"raised","severity":"critical","number":1,"values":{"t":81.5}})",
          R"({"pipeline":"climate","device":"d","time":2000,"values":{"overheat":true,"t":81.5}})",
          R"({"pipeline":"climate","device":"d","time":3000,"values":{"overheat":true,"t":78}})",
          R"({"pipeline":"climate","device":"d","time":2500,"values":{"overheat":true,"t":10}})",
          R"({"pipeline":"climate","device":"d","time":4000,"alarm":"overheat","state":"cleared","severity":"critical","number":2,"values":{"t":74}})",
          R"({"pipeline":"climate","device":"d","time":4000,"values":{"overheat":false,"t":74}})"});
  CHECK(results[1].identity != results[5].identity);
  CHECK(h.counters().alarm_older == 1);
  CHECK(h.counters().applied == 5);
  CHECK(h.counters().results == 7);
}

TEST_CASE("alarm: an event that is filtered later still raises, one that is refused does not") {
  hands h(plan_of({overheat(), filter_options{"f", "u > 0"}}));
  h.event({"d", 1000, {{"t", 90.0}, {"u", std::string("x")}}});
  CHECK(h.results().empty());
  h.event({"d", 1000, {{"t", 90.0}, {"u", -1.0}}});
  CHECK(h.results().size() == 1);
}

TEST_CASE(
    "alarm: silence raises it at a tick, only while the source is up, once, and the next event clears it") {
  auto a = overheat();
  a.missing = 5min;
  hands h(plan_of({a}));
  h.at(1000, 70);
  CHECK(h.results().size() == 1);
  h.tick(299000);
  CHECK(h.results().empty());
  h.record(control_kind::source_down);
  h.tick(600000);
  CHECK(h.results().empty());
  h.up();
  again(h);
  h.tick(299000);
  CHECK(h.results().empty());
  h.tick(1000);
  const auto raised = h.jsons();
  REQUIRE(raised.size() == 1);
  CHECK(
      raised[0] ==
      R"({"pipeline":"climate","device":"d","time":)" + std::to_string(h.now) +
          R"(,"alarm":"overheat","state":"raised","cause":"missing","severity":"critical","number":1,"values":{}})");
  h.tick(600000), again(h), h.tick(600000);
  CHECK(h.results().empty());
  h.at(2000, 70);
  CHECK(
      h.jsons().at(0) ==
      R"({"pipeline":"climate","device":"d","time":2000,"alarm":"overheat","state":"cleared","severity":"critical","number":2,"values":{"t":70}})");
  h.tick(300000);
  CHECK(h.results().size() == 1); // silent again
}

TEST_CASE("alarm: while the wall clock is not trusted nothing is missing") {
  auto a = overheat();
  a.missing = 5min;
  hands h(plan_of({a}));
  h.at(1000, 70);
  h.results();
  h.tick(400000, false);
  CHECK(h.results().empty());
  h.tick(1000);
  CHECK(h.results().size() == 1);
}

TEST_CASE("alarm: its transitions carry the sinks that do not get them, every other result its own") {
  auto a = overheat();
  a.not_to = "board";
  auto p = plan_of({a});
  p.not_to = "pager";
  hands h(p);
  h.at(1000, 90);
  const auto results = h.results();
  REQUIRE(results.size() == 2);
  CHECK(results[0].json.find("\"alarm\":") != std::string::npos);
  CHECK(results[0].not_to == "board");
  CHECK(results[1].not_to == "pager");
  CHECK(h.counters().unrouted == 0);
}

TEST_CASE("alarm: an active one is cleared once when its device is forgotten, and begins anew afterwards") {
  auto tumbling = minute_plan(), keyed = minute_plan();
  keyed.window->kind = window_kind::running, keyed.window->every = 1min;
  keyed.window->allowed_lateness = 0ms;
  for (auto& p : {plan_of({}), tumbling, keyed}) {
    auto plan = p;
    plan.steps = {overheat()};
    plan.device_forget = 1h;
    hands h(plan);
    const auto transitions = [&] {
      std::vector<result_record> found;
      for (auto& r : h.results())
        if (r.json.find("\"alarm\":") != std::string::npos) found.push_back(std::move(r));
      return found;
    };
    h.at(1000, 90), h.at(1000, 70, "e");
    const auto raised = transitions();
    REQUIRE(raised.size() == 1);
    h.tick(3599000);
    CHECK(transitions().empty());
    h.restart(); // a kill: what was not handed over comes again from the journal
    h.tick(1000);
    h.restart();
    h.record(control_kind::tick); // the same tick, read again
    const auto cleared = transitions();
    REQUIRE(cleared.size() == 1);
    CHECK(
        cleared[0].json ==
        R"({"pipeline":"climate","device":"d","time":)" + std::to_string(h.now) +
            R"(,"alarm":"overheat","state":"cleared","cause":"forgotten","severity":"critical","number":2,"values":{}})");
    again(h);
    h.tick(1000);
    CHECK(transitions().empty());
    CHECK(h.counters().devices == 0);
    h.at(2000, 90);
    const auto anew = transitions();
    REQUIRE(anew.size() == 1);
    CHECK(anew[0].json.find("\"state\":\"raised\",\"severity\":\"critical\",\"number\":1,") !=
          std::string::npos);
    CHECK(anew[0].identity != raised[0].identity);
  }
}

TEST_CASE("alarm in front of a window: transitions and windows leave, and the window takes the field") {
  auto p = minute_plan();
  p.steps = {overheat()};
  p.window->aggregates = {{"overheat", aggregate_kind::last, "overheat"}};
  hands h(p);
  h.at(0, 90), h.at(30000, 70), h.at(130000, 70);
  const auto results = h.jsons();
  REQUIRE(results.size() == 3);
  CHECK(results[0].find("\"state\":\"raised\"") != std::string::npos);
  CHECK(results[1].find("\"state\":\"cleared\"") != std::string::npos);
  CHECK(results[2].find("\"values\":{\"overheat\":false}") != std::string::npos);
}

TEST_CASE("lookup: rows come from the content in force at the event's place, before and after a restart") {
  lookup_options l;
  l.id = "lookup-1", l.csv.path = "rooms.csv", l.csv.key = {{"room", "device"}},
  l.csv.columns = {"floor", "name"};
  l.prefix = "room_";
  const std::map<std::uint64_t, std::string> kept{{1, "room,floor,name\nd,1,kitchen\n"},
                                                  {2, "room,floor,name\nd,2,\nf,3,attic\n"}};
  auto p = plan_of({l});
  hands h(p);
  h.tables = std::make_shared<table_cache>(
      [&](std::uint64_t hash) -> outcome<std::string> { return kept.at(hash); });
  again(h);
  const auto event = [&](std::int64_t time, std::string device) { h.event({device, time, {{"v", true}}}); };
  event(1, "d"); // no table is in force yet
  h.record(control_kind::table, 1, "rooms.csv");
  h.record(control_kind::table, 9, "other.csv"); // nobody looks it up
  event(2, "d"), event(3, "f");
  again(h);
  event(4, "d");
  h.record(control_kind::table, 2, "rooms.csv");
  event(5, "d"), event(6, "f");
  again(h);
  event(7, "f");
  std::vector<std::string> values;
  for (const auto& json : h.jsons()) values.push_back(json.substr(json.find("\"values\":") + 9));
  CHECK(values == std::vector<std::string>{
                      R"({"v":true}})", R"({"room_floor":1,"room_name":"kitchen","v":true}})",
                      R"({"v":true}})", R"({"room_floor":1,"room_name":"kitchen","v":true}})",
                      R"({"room_floor":2,"v":true}})", R"({"room_floor":3,"room_name":"attic","v":true}})",
                      R"({"room_floor":3,"room_name":"attic","v":true}})"});
  CHECK(h.counters().lookup_missing == 2);
}

TEST_CASE("lookup: an event without a row is kept, dropped or made a dead letter, and counted") {
  for (const auto policy : {lookup_options::policy::drop, lookup_options::policy::dead_letter}) {
    lookup_options l;
    l.id = "lookup-1", l.csv.path = "rooms.csv", l.csv.key = {{"room", "t"}}, l.csv.columns = {"floor"};
    l.missing = policy;
    hands h(plan_of({l}));
    h.at(1000, 1);
    const bool drop = policy == lookup_options::policy::drop;
    CHECK(h.counters().filtered == (drop ? 1 : 0));
    CHECK(h.counters().lookup_missing == (drop ? 1 : 0));
    CHECK(h.counters().dead_lettered == (drop ? 0 : 1));
    const auto dead = h.dead_letters();
    REQUIRE(dead.size() == (drop ? 0 : 1));
    if (drop) continue;
    CHECK(dead[0].why == reason::lookup_missing);
    CHECK(dead[0].where == "t");
    CHECK(dead[0].detail == "no row of rooms.csv has this key");
  }
}
