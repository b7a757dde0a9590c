// Closing by idleness, END and forgetting: journal time only (semantics.md section 3).
#include "test/window/window_fixture.hpp"

using namespace sluice;
using namespace sluice::testing;

namespace {

constexpr std::int64_t minute = 60000, second = 1000;

// A fixture whose journal time is near its event times.
hands near_epoch(pipeline_plan p = minute_plan()) {
  hands h(std::move(p));
  h.now = 0;
  h.record(control_kind::start);
  h.up();
  return h;
}

} // namespace

TEST_CASE("the first tick with enough silence closes the windows whose end is the delay ago") {
  auto h = near_epoch();
  h.now = 30 * second;
  h.at(29 * second, 1);
  h.tick(2 * minute - 1);
  CHECK(h.results().empty());
  h.tick(1);
  auto r = h.results();
  REQUIRE(r.size() == 1);
  CHECK(r[0].order.start == 0);
  CHECK(r[0].order.sequence == h.sequence);
  h.tick(minute);
  CHECK(h.results().empty());
}

TEST_CASE(
    "a window that ends later closes at the first tick past its end and the delay while the silence lasts") {
  auto p = minute_plan();
  p.window->size = std::chrono::hours(1);
  auto h = near_epoch(p);
  h.now = 600 * second;
  h.at(600 * second, 1);
  h.tick(10 * minute);
  CHECK(h.results().empty());
  h.tick(40 * minute + 10 * second - 1);
  CHECK(h.results().empty());
  h.tick(1);
  CHECK(h.results().size() == 1);
}

TEST_CASE(
    "closing by idleness moves closed_to, not the watermark: a later event revises, and revises again") {
  auto h = near_epoch();
  h.at(1 * second, 1);
  h.tick(3 * minute);
  CHECK(h.results().size() == 1);
  h.at(2 * second, 3);
  h.tick();
  auto r = h.results();
  REQUIRE(r.size() == 1);
  CHECK(r[0].revision == 1);
  h.at(70 * second, 3); // the watermark passes the end: emitted already
  CHECK(h.results().empty());
}

TEST_CASE("closed by idleness without allowed lateness: gone") {
  auto p = minute_plan();
  p.window->allowed_lateness = std::chrono::milliseconds(0);
  auto h = near_epoch(p);
  h.at(1 * second, 1);
  h.tick(3 * minute);
  h.at(2 * second, 3);
  CHECK(h.counters().late == 1);
  h.at(61 * second, 3); // the next window was not closed: nothing was in it
  CHECK(h.counters().applied == 2);
}

TEST_CASE("downtime of the source is never silence") {
  auto h = near_epoch();
  h.at(1 * second, 1);
  h.record(control_kind::source_down);
  h.tick(10 * minute);
  CHECK(h.results().empty());
  h.up();
  h.tick(2 * minute - 1);
  CHECK(h.results().empty());
  h.tick(1);
  CHECK(h.results().size() == 1);
}

TEST_CASE("after START every source counts as down until its next SOURCE_UP") {
  auto h = near_epoch();
  h.at(1 * second, 1);
  h.checkpoint();
  h.restart();
  h.record(control_kind::start);
  h.tick(10 * minute);
  CHECK(h.results().empty());
  h.up();
  h.checkpoint();
  h.restart(); // the state of the source survives
  h.tick(2 * minute);
  CHECK(h.results().size() == 1);
}

TEST_CASE("idle closing rests while the wall clock is not trusted") {
  auto h = near_epoch();
  h.at(1 * second, 1);
  h.tick(10 * minute, false);
  CHECK(h.results().empty());
  h.tick();
  CHECK(h.results().size() == 1);
}

TEST_CASE("idle: never closes by the watermark only") {
  auto p = minute_plan();
  p.window->idle = std::nullopt;
  auto h = near_epoch(p);
  h.at(1 * second, 1);
  h.tick(1000 * minute);
  CHECK(h.results().empty());
}

TEST_CASE("a device that wakes up is watched again") {
  auto h = near_epoch();
  for (int day = 0; day < 5; ++day) {
    const auto t = h.now;
    h.at(t, 1);
    h.tick(2 * minute);
    h.tick(2 * minute);
    CHECK(h.results().size() == 1);
    h.tick(24 * 60 * minute);
    CHECK(h.results().empty());
  }
}

TEST_CASE("END of the source closes all windows") {
  auto h = near_epoch();
  h.at(1 * second, 1, "a");
  h.at(65 * second, 1, "a");
  h.at(100 * minute, 1, "b");
  h.record(control_kind::source_end, 1, "another");
  CHECK(h.results().empty());
  h.record(control_kind::source_end);
  CHECK(h.results().size() == 3);
  h.record(control_kind::source_end);
  CHECK(h.results().empty());
  h.at(2 * second, 1, "a"); // after END: a revision
  h.tick();
  auto r = h.results();
  REQUIRE(r.size() == 1);
  CHECK(r[0].revision == 1);
}

TEST_CASE("device.forget emits the open windows, drops the state, and the device is new afterwards") {
  auto p = minute_plan();
  p.device_forget = std::chrono::hours(24);
  p.window->idle = std::nullopt;
  p.sequence = true;
  auto h = near_epoch(p);
  h.event({"d", 1 * second, {{"t", 1.0}}, 7});
  h.event({"d", 75 * second, {{"t", 1.0}}, 8});
  h.results();
  h.tick(24 * 60 * minute - 1);
  CHECK(h.results().empty());
  CHECK(h.store.data[state_family::device].size() == 1);
  CHECK(h.logic->waits_for_time());
  h.tick(1);
  CHECK(h.results().size() == 1);
  CHECK(h.store.data[state_family::device].empty());
  CHECK(h.store.data[state_family::window].empty());
  CHECK(h.counters().devices == 0);
  CHECK_FALSE(h.logic->waits_for_time());
  h.event({"d", 2 * second, {{"t", 1.0}}, 7}); // no late, no duplicate: new
  CHECK(h.counters().applied == 3);
  CHECK(h.counters().devices == 1);
  h.restart();
  h.record(control_kind::source_end);
  auto r = h.results();
  REQUIRE(r.size() == 1);
  CHECK(r[0].revision == 0);
}

TEST_CASE("forgetting rests while the wall clock is not trusted") {
  auto h = near_epoch();
  h.at(0, 1);
  h.tick(31ll * 24 * 60 * minute, false);
  CHECK(h.counters().devices == 1);
  h.tick();
  CHECK(h.counters().devices == 0);
}
