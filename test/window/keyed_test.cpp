// The rules of semantics.md section 3 for hopping, session, count, running and calendar windows, and for keys
// other than the device. Times in ms.
#include "test/support/fault_hooks.hpp"
#include "test/window/window_fixture.hpp"

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t minute = 60000;

pipeline_plan plan_of(window_kind kind) {
  auto p = minute_plan();
  auto& w = *p.window;
  w.kind = kind;
  w.allowed_lateness = 0ms;
  w.aggregates = {{"t", aggregate_kind::sum, "sum"}, {"*", aggregate_kind::count, "count"}};
  return p;
}
pipeline_plan hopping(std::chrono::milliseconds size, std::chrono::milliseconds every,
                      std::chrono::milliseconds lateness = 0ms) {
  auto p = plan_of(window_kind::hopping);
  p.window->size = size, p.window->every = every, p.window->allowed_lateness = lateness;
  return p;
}
pipeline_plan by_site(pipeline_plan p) {
  p.key = {"site"};
  p.key_index = 1;
  return p;
}

// "start..end rREVISION #NUMBER sum/count" of each result.
std::vector<std::string> shown(hands& h) {
  std::vector<std::string> out;
  for (const auto& r : h.results()) {
    const auto values = r.json.substr(r.json.find("\"values\":") + 9);
    const auto sum = values.substr(values.find(':') + 1, values.find(',') - values.find(':') - 1);
    const auto count = values.substr(values.rfind(':') + 1, values.find('}') - values.rfind(':') - 1);
    auto text = std::to_string(r.order.start) + ".." + std::to_string(r.order.end);
    if (r.revision != 0) text += " r" + std::to_string(r.revision);
    if (r.order.number != 0) text += " #" + std::to_string(r.order.number);
    out.push_back(text + " " + sum + "/" + count);
  }
  return out;
}
using lines = std::vector<std::string>;

void site(hands& h, const char* device, std::int64_t time, double t = 1,
          const char* key = R"({"site":"a"})") {
  reading r{device, time, {{"t", t}}};
  r.key = key;
  h.event(std::move(r));
}

} // namespace

TEST_CASE("without a window: fields of the key are not repeated among the values unless a step made them") {
  auto p = by_site(minute_plan());
  p.window.reset();
  const auto values_with = [&](std::vector<step_options> steps) {
    p.steps = std::move(steps);
    hands h(p);
    reading r{"d", 1000, {{"t", 1.0}, {"site", std::string("a")}}};
    r.key = R"({"site":"a"})";
    h.event(std::move(r));
    const auto json = h.jsons().at(0);
    return json.substr(json.find("\"values\":") + 9);
  };
  CHECK(values_with({}) == R"({"t":1}})");
  CHECK(values_with({select_options{"s", {"site", "t"}}}) == R"({"t":1}})");
  CHECK(values_with({derive_options{"d", {{"site", "upper(site)"}}}}) == R"({"site":"A","t":1}})");
  CHECK(values_with({rename_options{"r", {{"place", "site"}, {"site", "t"}}}}) ==
        R"({"place":"a","site":1}})");
}

TEST_CASE("without a window: every event is a result of its key, and steps remember by key") {
  auto p = by_site(minute_plan());
  p.window.reset();
  deduplicate_options once;
  once.id = "once", once.by = {"t"}, once.within = 1min, once.limit = 10;
  alarm_options hot;
  hot.id = "hot", hot.name = "hot", hot.raise = "t > 80";
  p.steps = {once, hot};
  p.device_forget = 1h;
  hands h(p);
  const auto event = [&](const char* device, std::int64_t time, double t, const char* name) {
    reading r{device, time, {{"t", t}, {"site", std::string(name)}}};
    r.key = std::string(R"({"site":")") + name + R"("})";
    h.event(std::move(r));
  };
  event("d", 1000, 90, "a"), event("e", 2000, 90, "a"); // a duplicate at the site
  h.checkpoint(), h.restart();
  event("e", 2000, 90, "a"), event("e", 3000, 70, "a"), event("e", 2000, 90, "b");
  CHECK(
      h.jsons() ==
      lines{
          R"({"pipeline":"climate","key":{"site":"a"},"time":1000,"alarm":"hot","state":"raised","severity":"major","number":1,"values":{"t":90}})",
          R"({"pipeline":"climate","key":{"site":"a"},"time":1000,"values":{"hot":true,"t":90}})",
          R"({"pipeline":"climate","key":{"site":"a"},"time":3000,"alarm":"hot","state":"cleared","severity":"major","number":2,"values":{"t":70}})",
          R"({"pipeline":"climate","key":{"site":"a"},"time":3000,"values":{"hot":false,"t":70}})",
          R"({"pipeline":"climate","key":{"site":"b"},"time":2000,"alarm":"hot","state":"raised","severity":"major","number":1,"values":{"t":90}})",
          R"({"pipeline":"climate","key":{"site":"b"},"time":2000,"values":{"hot":true,"t":90}})"});
  CHECK(h.counters().applied == 3);
  CHECK(h.counters().filtered == 2);
  CHECK(h.counters().devices == 2);
  h.tick(1800000), h.checkpoint(), h.restart(), h.tick(1800000);
  const auto cleared = h.jsons();
  REQUIRE(cleared.size() == 1);
  CHECK(cleared[0].find(R"("key":{"site":"b"})") != std::string::npos);
  CHECK(cleared[0].find(R"("cause":"forgotten")") != std::string::npos);
  CHECK(h.counters().devices == 0);
  CHECK(h.store.data[state_family::device].empty());
}

TEST_CASE("hopping: an event counts in every window that holds it, and empty windows are not emitted") {
  hands h(hopping(3min, 1min));
  h.at(30000, 5); // windows -2..1, -1..2, 0..3
  h.at(10 * minute, 7);
  CHECK(shown(h) == lines{"-120000..60000 5/1", "-60000..120000 5/1", "0..180000 5/1"});
  h.record(control_kind::source_end);
  CHECK(shown(h) == lines{"480000..660000 7/1", "540000..720000 7/1", "600000..780000 7/1"});
}

TEST_CASE("hopping: windows close ascending by end as the watermark passes, whatever size and every have in "
          "common") {
  hands h(hopping(90s, 60s)); // panes of 30 s
  for (int i = 0; i < 8; ++i) h.at(i * 30000, 1);
  h.at(8 * 30000 + 10000, 1); // watermark 240 000
  CHECK(shown(h) == lines{"-60000..30000 1/1", "0..90000 3/3", "60000..150000 3/3", "120000..210000 3/3"});
}

TEST_CASE("hopping: an event late for some windows is applied to the others and counted late_partial") {
  hands h(hopping(2min, 1min));
  h.at(30000, 1);
  h.at(2 * minute + 10000, 1); // watermark 120 000: windows up to 0..2 are gone
  h.results();
  h.at(90000, 5); // 0..2 is gone, 1..3 is open
  CHECK(h.counters().late_partial == 1);
  CHECK(h.counters().late == 0);
  CHECK(h.counters().applied == 3);
  h.at(59000, 5); // both are gone
  CHECK(h.counters().late == 1);
  h.record(control_kind::source_end);
  CHECK(shown(h) == lines{"60000..180000 6/2", "120000..240000 1/1"});
}

TEST_CASE("hopping: a late event revises each closed window that holds it, once per tick") {
  hands h(hopping(2min, 1min, 10min));
  h.at(30000, 1);
  h.at(5 * minute, 1);
  h.checkpoint();
  CHECK(shown(h) == lines{"-60000..60000 1/1", "0..120000 1/1"});
  h.at(61000, 2); // 0..2 once more, 1..3 for the first time
  h.at(62000, 3);
  CHECK(shown(h).empty());
  h.tick();
  CHECK(shown(h) == lines{"0..120000 r1 6/3", "60000..180000 5/2"});
  CHECK(h.counters().revised == 1);
  h.tick();
  CHECK(shown(h).empty());
}

TEST_CASE(
    "hopping: revisions are numbered on over restarts, also of windows that were empty when they closed") {
  hands h(hopping(2min, 1min, 10min));
  h.at(30000, 1);
  h.at(5 * minute, 1);
  h.checkpoint();
  CHECK(shown(h) == lines{"-60000..60000 1/1", "0..120000 1/1"});
  for (const int round : {1, 2, 3}) {
    h.restart();
    h.at(61000, 2); // 0..2 held something when it closed, 1..3 nothing
    h.checkpoint();
    h.restart();
    h.tick();
    const auto r = std::to_string(round), sum = std::to_string(2 * round), count = std::to_string(round);
    CHECK(shown(h) ==
          lines{"0..120000 r" + r + " " + std::to_string(1 + 2 * round) + "/" + std::to_string(1 + round),
                "60000..180000 " + (round > 1 ? "r" + std::to_string(round - 1) + " " : "") + sum + "/" +
                    count});
    h.checkpoint();
  }
}

TEST_CASE("hopping: a marked window that is gone is emitted without the event that comes for the others") {
  hands h(hopping(2min, 1min, 1min));
  h.at(3 * minute + 10000, 1); // watermark 3 min
  h.at(minute + 30000, 2);     // 0..2 is gone (2 + 1 <= 3); 1..3 is closed: marked
  CHECK(h.counters().late_partial == 1);
  h.at(4 * minute + 10000, 1); // watermark 4 min: 1..3 is gone, and still marked
  h.results();
  h.at(2 * minute + 30000, 4); // for 2..4, in a pane that 1..3 has too
  CHECK(shown(h) == lines{"60000..180000 2/1"});
  h.tick();
  CHECK(shown(h) == lines{"120000..240000 r1 5/2"});
}

TEST_CASE("hopping: closed panes live in the store, come back for late events, and are erased when gone") {
  hands h(hopping(4min, 1min, 4min));
  for (int i = 0; i < 12; ++i) {
    h.at(i * minute, 1);
    h.checkpoint();
  }
  const auto rows = h.store.data[state_family::window].size();
  CHECK(rows >= 6);
  CHECK(rows <= 9);
  h.at(5 * minute + 1, 1);
  CHECK(h.store.reads > 0);
  h.restart();
  h.at(1000 * minute, 1);
  h.tick();
  h.checkpoint();
  CHECK(h.store.data[state_family::window].empty());
}

TEST_CASE("hopping: the state of a key does not grow with the number of its panes") {
  hands h(hopping(1h, 1min));
  std::size_t most = 0;
  for (int i = 0; i < 70; ++i) {
    h.at(i * minute, 1);
    auto part = h.logic->take_part(h.sequence);
    std::size_t bytes = 0;
    for (const auto& w : part.state)
      if (w.value) bytes += w.value->size();
    most = std::max(most, bytes);
    h.store.commit(part.state);
    h.logic->committed(h.sequence);
  }
  CHECK(most < 400);
}

TEST_CASE("tumbling in a zone: days of 23 and 25 hours are exact") {
  auto p = plan_of(window_kind::tumbling);
  p.window->size = 24h;
  p.window->timezone = "Europe/Berlin";
  hands h(p);
  constexpr std::int64_t hour = 3600000,
                         march = 1711753200000; // 2024-03-29T23:00Z = 30 March, 0:00 in Berlin
  for (int i = 0; i < 3 * 24; ++i) h.at(march + i * hour, 1);
  h.record(control_kind::source_end);
  CHECK(shown(h) ==
        lines{std::to_string(march) + ".." + std::to_string(march + 24 * hour) + " 24/24",
              std::to_string(march + 24 * hour) + ".." + std::to_string(march + 47 * hour) + " 23/23",
              std::to_string(march + 47 * hour) + ".." + std::to_string(march + 71 * hour) + " 24/24",
              std::to_string(march + 71 * hour) + ".." + std::to_string(march + 95 * hour) + " 1/1"});
  hands back(p);
  constexpr std::int64_t october = 1729980000000; // 2024-10-26T22:00Z = 27 October, 0:00
  for (int i = 0; i < 26; ++i) back.at(october + i * hour, 1);
  back.record(control_kind::source_end);
  CHECK(shown(back) ==
        lines{std::to_string(october) + ".." + std::to_string(october + 25 * hour) + " 25/25",
              std::to_string(october + 25 * hour) + ".." + std::to_string(october + 49 * hour) + " 1/1"});
}

TEST_CASE("session: events less than gap apart belong together, also when one comes between two") {
  auto p = plan_of(window_kind::session);
  p.window->gap = 10s;
  hands h(p);
  h.at(1000, 1);
  h.at(10999, 2); // less than 10 s later
  h.at(25000, 4);
  CHECK(shown(h).empty());
  h.at(20000, 8);  // joins both
  h.at(50000, 16); // watermark 40 000
  CHECK(shown(h) == lines{"1000..35000 15/4"});
  h.record(control_kind::source_end);
  CHECK(shown(h) == lines{"50000..60000 16/1"});
}

TEST_CASE("session: a gap exactly as long separates") {
  auto p = plan_of(window_kind::session);
  p.window->gap = 10s;
  hands h(p);
  h.at(0, 1);
  h.at(10000, 2);
  h.at(60000, 4);
  CHECK(shown(h) == lines{"0..10000 1/1", "10000..20000 2/1"});
}

TEST_CASE("session: late events are never merged into one that was emitted") {
  auto p = plan_of(window_kind::session);
  p.window->gap = 10s;
  hands h(p);
  h.at(1000, 1);
  h.at(30000, 2); // watermark 20 000: 1000..11000 is emitted
  CHECK(shown(h) == lines{"1000..11000 1/1"});
  h.at(10999, 1); // would be part of it
  CHECK(h.counters().late == 1);
  h.at(21000, 4); // its own end is open: joins 30 000
  h.record(control_kind::source_end);
  CHECK(shown(h) == lines{"21000..40000 6/2"});
}

TEST_CASE("count: windows of so many events in journal order, numbered, whatever their times") {
  auto p = plan_of(window_kind::count);
  p.window->count = 3;
  hands h(p);
  h.at(500, 1);
  h.at(100, 2);
  h.at(900, 4);
  h.at(-5, 8);
  h.checkpoint();
  h.restart();
  h.at(7, 16);
  CHECK(shown(h) == lines{"100..901 #1 7/3"});
  h.tick(1000000);
  CHECK(shown(h).empty()); // nothing in it waits for time
  h.record(control_kind::source_end);
  CHECK(shown(h) == lines{"-5..8 #2 24/2"});
  CHECK(h.counters().late == 0);
}

TEST_CASE("count: the number is part of identity and record") {
  auto p = plan_of(window_kind::count);
  p.window->count = 1;
  hands h(p);
  h.at(500, 1);
  const auto r = h.results();
  REQUIRE(r.size() == 1);
  CHECK(r[0].identity == "climate|d|500|501|1");
  CHECK(
      r[0].json ==
      R"({"pipeline":"climate","device":"d","start":500,"end":501,"revision":0,"number":1,"values":{"sum":1,"count":1}})");
}

TEST_CASE(
    "running with every: everything up to a pane, when it closes; late events enter the next emission") {
  auto p = plan_of(window_kind::running);
  p.window->every = 1min;
  p.window->allowed_lateness = 8min;
  hands h(p);
  h.at(61000, 1);
  h.at(62000, 2);
  h.at(190000, 4); // watermark 180 000
  CHECK(shown(h) == lines{"60000..120000 3/2"});
  h.at(100000, 8); // late, and allowed
  h.tick();
  CHECK(shown(h).empty());
  h.checkpoint();
  h.restart();
  h.at(251000, 16);
  CHECK(shown(h) == lines{"60000..240000 15/4"});
  h.at(-1000000, 1);
  CHECK(h.counters().late == 1);
  h.record(control_kind::source_end);
  CHECK(shown(h) == lines{"60000..300000 31/5"});
}

TEST_CASE(
    "running with every: at END late events that found no emission leave with a revision of the last one") {
  auto p = plan_of(window_kind::running);
  p.window->every = 1min;
  p.window->allowed_lateness = 8min;
  hands h(p);
  h.at(0, 1);
  h.record(control_kind::source_end);
  CHECK(shown(h) == lines{"0..60000 1/1"});
  h.at(1000, 2);
  h.record(control_kind::source_end);
  CHECK(shown(h) == lines{"0..60000 r1 3/2"});
  h.record(control_kind::source_end);
  CHECK(shown(h).empty());
}

TEST_CASE("running without every: a numbered result after each event") {
  auto p = plan_of(window_kind::running);
  hands h(p);
  h.at(500, 1);
  h.at(100, 2);
  h.checkpoint();
  h.restart();
  h.at(700, 4);
  CHECK(shown(h) == lines{"500..501 #1 1/1", "100..501 #2 3/2", "100..701 #3 7/3"});
  h.record(control_kind::source_end);
  CHECK(shown(h).empty());
}

TEST_CASE("key: the record has the key in place of the device, and devices of one key are one window") {
  hands h(by_site(plan_of(window_kind::tumbling)));
  site(h, "x", 1000, 1);
  site(h, "y", 2000, 2);
  site(h, "y", 2000, 4, R"({"site":"b"})");
  h.record(control_kind::source_end);
  const auto r = h.results();
  REQUIRE(r.size() == 2);
  CHECK(
      r[0].json + r[1].json ==
      R"({"pipeline":"climate","key":{"site":"a"},"start":0,"end":60000,"revision":0,"values":{"sum":3,"count":2}})"
      R"({"pipeline":"climate","key":{"site":"b"},"start":0,"end":60000,"revision":0,"values":{"sum":4,"count":1}})");
  CHECK(r[0].identity == R"(climate|{"site":"a"}|0|60000)");
  CHECK(h.counters().devices == 2);
}

TEST_CASE("key: the watermark is the minimum over its devices, and never back when a new device joins") {
  hands h(by_site(plan_of(window_kind::tumbling)));
  site(h, "x", 1000);
  site(h, "y", 2000);
  site(h, "x", 10 * minute);
  CHECK(shown(h).empty()); // y is still at 2 s
  site(h, "y", 2 * minute);
  CHECK(shown(h) == lines{"0..60000 2/2"});
  site(h, "z", 90000); // a new device far behind: its window is open, the watermark stays
  site(h, "w", 1000);  // and this one is late
  CHECK(h.counters().late == 1);
  CHECK(h.counters().applied == 5);
}

TEST_CASE("key: a late event makes its device no part of the minimum") {
  hands h(by_site(plan_of(window_kind::tumbling)));
  site(h, "x", 10 * minute);
  site(h, "wrong", 1000);
  CHECK(h.counters().late == 1);
  site(h, "x", 20 * minute);
  CHECK(shown(h) == lines{"600000..660000 1/1"});
}

TEST_CASE("key: an idle device leaves the minimum at a tick, and comes back with its next event") {
  hands h(by_site(plan_of(window_kind::tumbling)));
  site(h, "x", 1000);
  site(h, "y", 2000);
  h.now += 119000;
  site(h, "x", 10 * minute);
  h.tick();
  CHECK(shown(h).empty());
  h.checkpoint();
  h.restart();
  h.tick(1000);
  CHECK(shown(h) == lines{"0..60000 2/2"});
  site(h, "y", 9 * minute + 30000); // holds the watermark again, but not back
  site(h, "x", 20 * minute);
  CHECK(shown(h).empty());
  site(h, "y", 20 * minute);
  CHECK(shown(h) == lines{"540000..600000 1/1", "600000..660000 1/1"});
}

TEST_CASE("key: while the source is down nobody is silent") {
  hands h(by_site(plan_of(window_kind::tumbling)));
  site(h, "x", 1000);
  site(h, "y", 10 * minute);
  h.record(control_kind::source_down);
  h.tick(1000000);
  CHECK(shown(h).empty());
  h.up();
  h.tick(119000);
  CHECK(shown(h).empty());
  h.tick(1000);
  CHECK(shown(h) == lines{"0..60000 1/1", "600000..660000 1/1"}); // the key is silent, too
}

TEST_CASE("key: none is one key for all, and 10 000 devices are not written again with each checkpoint") {
  auto p = plan_of(window_kind::tumbling);
  p.key = std::vector<std::string>{};
  p.key_index = 1;
  hands h(p);
  for (int i = 0; i < 10000; ++i) site(h, ("device-" + std::to_string(i)).c_str(), 1000 + i, 1, "{}");
  h.checkpoint();
  CHECK(h.store.data[state_family::device].size() == 10001);
  site(h, "device-77", 2000, 1, "{}");
  const auto part = h.logic->take_part(h.sequence);
  CHECK(part.state.size() == 2);
  h.store.commit(part.state);
  h.restart();
  for (int i = 0; i < 10000; ++i) site(h, ("device-" + std::to_string(i)).c_str(), 2 * minute, 1, "{}");
  CHECK(shown(h) == lines{"0..60000 10001/10001"});
}

TEST_CASE("key: without events for so long it is forgotten with its devices, its windows emitted") {
  auto p = by_site(hopping(2min, 1min, 10min));
  p.device_forget = 1h;
  p.window->idle = std::nullopt;
  hands h(p);
  site(h, "x", 1000);
  site(h, "y", 10 * minute);
  h.checkpoint();
  h.tick(3600000);
  CHECK(shown(h).size() == 4);
  for (auto family : {state_family::device, state_family::window, state_family::mark})
    CHECK(h.store.data[family].empty());
  CHECK(h.counters().devices == 0);
  site(h, "x", 2000); // it is new
  h.record(control_kind::source_end);
  CHECK(shown(h) == lines{"-60000..60000 1/1", "0..120000 1/1"});
}

TEST_CASE("five apply errors in a minute quarantine a key, an exception leaves it as it was") {
  hands h(hopping(2min, 1min));
  h.at(0, 1);
  for (int i = 0; i < 5; ++i) {
    throw_in_applies = 1;
    h.at(10 * minute, 1);
  }
  CHECK(h.counters().dead_lettered == 5);
  CHECK(shown(h).empty()); // its watermark did not move
  h.checkpoint();
  h.restart();
  h.at(1, 1);
  CHECK(h.counters().applied == 1);
  CHECK(h.counters().quarantined == 1);
  CHECK(h.dead_letters().back().why == reason::device_quarantined);
}

TEST_CASE("a stored key that was cut is refused as corrupt") {
  for (auto p :
       {hopping(3min, 1min, 10min), plan_of(window_kind::session), by_site(plan_of(window_kind::tumbling))}) {
    p.window->gap = 10s;
    hands h(p);
    for (int i = 0; i < 9; ++i) site(h, "x", i * 40000);
    h.checkpoint();
    for (const auto family : {state_family::device, state_family::window}) {
      auto& rows = h.store.data[family];
      if (rows.empty()) continue;
      auto& value = std::prev(rows.end())->second;
      const auto whole = value;
      const auto load = [&] { return (*shard::make(0, 1, {h.plan}, &h.store))->load(); };
      REQUIRE(load());
      if (family == state_family::window) continue; // read when it is needed
      for (std::size_t cut = 0; cut < whole.size(); ++cut) {
        value = whole.substr(0, cut);
        const auto loaded = load();
        REQUIRE_FALSE(loaded);
        CHECK(loaded.error().code == ec::corrupt);
      }
      value = whole;
    }
  }
}
