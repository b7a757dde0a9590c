// A partition moves between processes: the one that gets it makes its state again from records that were
// applied before, and goes on as if it had had it always; the one that had it lets go.
#include <random>

#include "actors/window/pipeline_runner.hpp"
#include "test/window/window_fixture.hpp"

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t minute = 60000;

struct lane_event {
  std::string device;
  std::int64_t time;
  double value;
  std::uint16_t lane;
  std::optional<std::uint64_t> seq = std::nullopt;
  std::string key = "";
};

void give(hands& h, const lane_event& e, bool for_state = false) {
  auto b = make_batch({{e.device, e.time, {{"t", e.value}}, e.seq, h.now, ++h.sequence, 0, e.key}});
  b.rows[0].lane = e.lane;
  b.takeover = for_state ? 1 : 0;
  const std::uint32_t rows[] = {0};
  h.logic->apply(b, rows, h.plan.key_index);
}
void let_go(hands& h, std::uint16_t lane) {
  h.record(control_kind::partition, lane);
}

pipeline_plan general(pipeline_plan p) { // the same windows, not on the tuned way
  p.window->kind = window_kind::hopping;
  p.window->every = p.window->size;
  return p;
}

std::vector<pipeline_plan> plans() {
  auto hopping = minute_plan();
  hopping.window->kind = window_kind::hopping;
  hopping.window->every = 20s;
  auto session = minute_plan();
  session.window->kind = window_kind::session;
  session.window->gap = 7s;
  session.window->allowed_lateness = 0ms;
  auto running = minute_plan();
  running.window->kind = window_kind::running;
  running.window->allowed_lateness = 0ms;
  auto numbered = minute_plan();
  numbered.sequence = true;
  return {minute_plan(), general(minute_plan()), hopping, session, running, numbered};
}

// Devices 0 to 7 in lanes 1 and 2, some events late.
std::vector<lane_event> stream(unsigned seed, bool numbers) {
  std::mt19937 random(seed);
  std::vector<lane_event> all;
  std::int64_t time = 100 * minute;
  for (std::uint64_t i = 0; i < 600; ++i) {
    time += static_cast<std::int64_t>(random() % 3000);
    const auto d = random() % 8;
    const auto late = random() % 10 == 0 ? static_cast<std::int64_t>(random() % 200000) : 0;
    all.push_back({"device-" + std::to_string(d), time - late, static_cast<double>(random() % 100),
                   static_cast<std::uint16_t>(1 + d % 2)});
    if (numbers) all.back().seq = i / 2; // of two devices with one number both count
  }
  return all;
}

// What a reader keeps who knows results by identity and takes the newest revision.
using kept = std::map<std::string, std::pair<std::uint32_t, std::string>>;
void keep(kept& all, const std::vector<result_record>& results) {
  for (const auto& r : results) {
    auto& [revision, json] = all[r.identity];
    if (!json.empty() && r.revision < revision) continue;
    revision = r.revision;
    // The revision itself may differ.
    json = r.json.substr(0, r.json.find("\"revision\"")) + r.json.substr(r.json.find("\"values\""));
  }
}

// Revisions count from further above after a move.
std::map<std::string, std::string> contents(const kept& all) {
  std::map<std::string, std::string> found;
  for (const auto& [identity, last] : all) found[identity] = last.second;
  return found;
}

} // namespace

TEST_CASE("a process that makes the state of a partition again ends with the results of one that had it all "
          "along") {
  for (const auto& plan : plans())
    for (unsigned seed = 1; seed <= 8; ++seed) {
      CAPTURE(seed);
      CAPTURE(static_cast<int>(plan.window->kind));
      const auto events = stream(seed, plan.sequence);
      const auto move = events.size() / 2;
      kept whole, shared;
      hands always(plan), before(plan), after(plan);
      for (std::size_t i = 0; i < events.size(); ++i) {
        const auto& e = events[i];
        give(always, e);
        if (i < move || e.lane == 1)
          give(before, e);
        else
          give(after, e);
        if (i % 50 == 0)
          for (auto* h : {&always, &before, &after}) h->tick();
        if (i + 1 != move) continue;
        let_go(before, 2);
        keep(shared, before.results());
        for (std::size_t j = 0; j < move; ++j)
          if (events[j].lane == 2) give(after, events[j], true);
        CHECK(after.results().empty());
        CHECK(after.dead_letters().empty());
        if (seed % 2 == 0) before.restart(), after.restart(), before.up(), after.up();
      }
      for (auto* h : {&always, &before, &after}) {
        h->tick();
        h->record(control_kind::source_end);
      }
      keep(whole, always.results());
      for (auto* h : {&before, &after}) keep(shared, h->results());
      CHECK(contents(whole) == contents(shared));
      CHECK(whole.size() > 20);
      // Each event is counted by the one process that has applied it.
      auto sum = before.counters();
      sum += after.counters();
      const auto& one = always.counters();
      CHECK(sum.applied == one.applied);
      CHECK(sum.late == one.late);
      CHECK(sum.duplicate == one.duplicate);
      CHECK(sum.devices == one.devices);
    }
}

TEST_CASE("a partition that is let go leaves nothing behind, neither in memory nor in the store") {
  for (const auto& plan : plans()) {
    hands h(plan);
    for (const auto& e : stream(3, plan.sequence)) give(h, e);
    h.tick();
    h.checkpoint();
    let_go(h, 1);
    let_go(h, 2);
    h.results();
    CHECK(h.counters().devices == 0);
    for (const auto family : {state_family::device, state_family::window, state_family::mark})
      CHECK(h.store.data[family].empty());
    h.tick(24h / 1ms);
    CHECK(h.results().empty());
  }
}

TEST_CASE("a partition that was let go begins anew when it comes back") {
  hands h;
  give(h, {"d", 10 * minute, 1, 1, {}});
  give(h, {"e", 10 * minute, 1, 2, {}});
  let_go(h, 1);
  give(h, {"d", 10 * minute + 1, 5, 1, {}});
  h.checkpoint();
  h.restart();
  h.record(control_kind::source_end);
  const auto all = h.jsons();
  REQUIRE(all.size() == 2);
  CHECK(all[0].find("\"device\":\"d\"") != std::string::npos);
  CHECK(all[0].find("\"t_mean\":5,\"count\":1") != std::string::npos);
}

TEST_CASE("revisions after a move are above all that the process before emits") {
  const lane_event on_time{"d", 10 * minute, 1, 1, {}}, closing{"d", 12 * minute, 1, 1, {}},
      late{"d", 10 * minute + 1, 2, 1, {}};
  for (const auto& plan : {minute_plan(), general(minute_plan())}) {
    hands before(plan), after(plan);
    for (const auto& e : {on_time, closing, late, late}) give(before, e), before.tick();
    std::uint32_t highest = 0;
    for (const auto& r : before.results()) highest = std::max(highest, r.revision);
    CHECK(highest == 2);
    for (const auto& e : {on_time, closing, late, late}) give(after, e, true);
    after.tick();
    CHECK(after.results().empty());
    after.checkpoint();
    after.restart();
    give(after, late);
    after.tick();
    const auto revised = after.results();
    REQUIRE(revised.size() == 1);
    CHECK(revised[0].revision > revision_base(1));
    CHECK(revised[0].json.find("\"count\":4") != std::string::npos);
    give(after, {"d", 20 * minute, 1, 1, {}});
    const auto closed = after.results();
    REQUIRE(closed.size() == 1);
    CHECK(closed[0].revision == revision_base(1)); // it was open at the move
    give(after, {"d", 30 * minute, 1, 1, {}});
    CHECK(after.results().at(0).revision == 0); // and this one was not there
  }
  CHECK(revision_base(2) > revision_base(1) + 4000);
  CHECK(revision_base(0xffff) < 1u << 27);
}

TEST_CASE("what idleness closed before a move is emitted above it after the move") {
  for (auto plan : {minute_plan(), general(minute_plan())}) {
    plan.window->size = 1h;
    plan.window->every = 1h;
    plan.window->idle = 10s;
    hands before(plan), after(plan);
    kept whole;
    const lane_event events[] = {
        {"d", 600 * minute, 1, 1}, {"d", 601 * minute, 2, 1}, {"d", 602 * minute, 3, 1}};
    for (const auto& e : events)
      give(before, e), before.tick(), before.tick(11s / 1ms); // its clock is far ahead of the window's end
    keep(whole, before.results());
    REQUIRE(whole.size() == 1);
    CHECK(whole.begin()->second.first == 2);
    for (const auto& e : events) give(after, e, true);
    give(after, {"d", 603 * minute, 4, 1, {}});
    give(after, {"d", 700 * minute, 4, 1, {}});
    const auto closed = after.results();
    REQUIRE(closed.size() == 1);
    CHECK(closed[0].revision > 2);
    CHECK(closed[0].json.find("\"count\":4") != std::string::npos);
  }
}

TEST_CASE("what waits for revision goes on waiting while another partition makes its state again") {
  for (const auto& plan : {minute_plan(), general(minute_plan())}) {
    hands h(plan);
    give(h, {"live", 10 * minute, 1, 1, {}});
    give(h, {"live", 12 * minute, 1, 1, {}});
    give(h, {"live", 10 * minute + 1, 2, 1, {}}); // late
    for (const auto time : {10 * minute, 12 * minute, 10 * minute + 1})
      give(h, {"moved", time, 1, 2, {}}, true);
    CHECK(h.results().size() == 1);
    h.tick();
    const auto revised = h.results();
    REQUIRE(revised.size() == 1);
    CHECK(revised[0].order.device == "live");
    CHECK(revised[0].revision == 1);
    CHECK(h.counters().revised == 1);
  }
}

TEST_CASE("a device with events of several partitions goes with each of them") {
  for (const auto& plan : {minute_plan(), general(minute_plan())})
    for (const std::uint16_t gone : {1, 2}) {
      hands h(plan);
      give(h, {"d", 10 * minute, 1, 1, {}});
      give(h, {"d", 10 * minute, 1, 2, {}});
      give(h, {"e", 10 * minute, 1, static_cast<std::uint16_t>(3 - gone), {}});
      h.checkpoint();
      h.restart();
      let_go(h, gone);
      CHECK(h.counters().devices == 1);
    }
}

TEST_CASE("what waits for revision is emitted before a partition is let go") {
  hands h;
  give(h, {"d", 10 * minute, 1, 1, {}});
  give(h, {"d", 12 * minute, 1, 1, {}});
  give(h, {"d", 10 * minute + 1, 2, 1, {}});
  CHECK(h.results().size() == 1);
  let_go(h, 1);
  const auto revised = h.results();
  REQUIRE(revised.size() == 1);
  CHECK(revised[0].revision == 1);
}

TEST_CASE("what waits for revision leaves before its source is away, for that may be for good") {
  for (const bool shared : {false, true}) {
    auto plan = minute_plan();
    plan.shared = shared;
    hands h(plan);
    give(h, {"d", 10 * minute, 1, 1, {}});
    give(h, {"d", 12 * minute, 1, 1, {}});
    give(h, {"d", 10 * minute + 1, 2, 1, {}});
    h.results();
    h.record(control_kind::source_down);
    CHECK(h.results().size() == (shared ? 1 : 0));
  }
}

TEST_CASE("windows far back that were let go are not read back from the store") {
  auto plan = minute_plan();
  plan.window->allowed_lateness = 40min;
  hands h(plan);
  give(h, {"d", 10 * minute, 1, 1, {}});
  give(h, {"d", 48 * minute, 1, 1, {}});
  h.checkpoint();
  let_go(h, 1);
  for (const auto time : {48 * minute, 10 * minute}) give(h, {"d", time, 1, 1, {}}, true);
  give(h, {"d", 10 * minute + 1, 1, 1, {}});
  h.tick();
  const auto revised = h.results();
  REQUIRE(!revised.empty());
  CHECK(revised.back().json.find("\"count\":2") != std::string::npos);
}

TEST_CASE("keys that are no devices all begin anew, since they may be of many partitions") {
  auto plan = minute_plan();
  plan.key = {"site"};
  plan.key_index = 1;
  hands h(plan);
  give(h, {"d", 10 * minute, 1, 1, {}, R"({"site":"a"})"});
  give(h, {"e", 10 * minute, 1, 2, {}, R"({"site":"b"})"});
  let_go(h, 1);
  h.record(control_kind::source_end);
  CHECK(h.results().empty());
  CHECK(h.counters().devices == 0);
}
