// A partition moves between processes: the one that gets it makes its state again from records that were
// applied before, and goes on as if it had had it always; the one that had it lets go.
#include <random>

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
  b.state_only = for_state;
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
      CHECK(whole == shared);
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

TEST_CASE("revisions after a move are above all that the process before can have emitted") {
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
    give(after, late);
    after.tick();
    const auto revised = after.results();
    REQUIRE(revised.size() == 1);
    CHECK(revised[0].revision == 3);
    CHECK(revised[0].json.find("\"count\":4") != std::string::npos);
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
