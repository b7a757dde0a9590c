// A pipeline that reads another one: whose silence counts, when, and END (semantics.md section 3).
#include "test/window/window_fixture.hpp"

using namespace sluice;
using namespace sluice::testing;

namespace {

constexpr std::int64_t minute = 60000, second = 1000;

// Reads pipeline `rooms`, which reads source `field`; results come up to 100 s late.
pipeline_plan behind_rooms() {
  auto p = minute_plan();
  p.source_name = "rooms";
  p.root_name = "field";
  p.lag = std::chrono::seconds(100);
  return p;
}

hands near_epoch(pipeline_plan p) {
  hands h(std::move(p));
  h.now = 0;
  h.record(control_kind::start);
  h.up();
  return h;
}

} // namespace

TEST_CASE("a pipeline behind another one closes by idleness as much later as its results may come") {
  auto h = near_epoch(behind_rooms());
  h.now = 30 * second;
  h.at(29 * second, 1);
  h.tick(2 * minute + 100 * second - 1);
  CHECK(h.results().empty());
  h.tick(1);
  CHECK(h.results().size() == 1);
}

TEST_CASE("the silence of a pipeline behind another one counts only while the source of the chain is up") {
  auto h = near_epoch(behind_rooms());
  h.at(29 * second, 1);
  h.record(control_kind::source_down);
  h.tick(60 * minute);
  CHECK(h.results().empty());
  h.up();
  h.tick(2 * minute + 99 * second);
  CHECK(h.results().empty());
  h.tick(second);
  CHECK(h.results().size() == 1);
}

TEST_CASE(
    "behind a pipeline that never closes by idleness nothing does, and revisions still leave at ticks") {
  auto p = behind_rooms();
  p.lag.reset();
  auto h = near_epoch(p);
  h.at(29 * second, 1);
  h.tick(24 * 60 * minute);
  CHECK(h.results().empty());
  h.at(90 * second, 1);
  CHECK(h.results().size() == 1);
  h.at(30 * second, 3);
  h.tick();
  const auto revised = h.results();
  REQUIRE(revised.size() == 1);
  CHECK(revised[0].revision == 1);
}

TEST_CASE(
    "END of the source leaves a pipeline behind another one open, END of that one's results closes it") {
  auto h = near_epoch(behind_rooms());
  h.at(29 * second, 1);
  h.record(control_kind::source_end, 0, "field");
  CHECK(h.results().empty());
  h.record(control_kind::source_end, 0, "rooms");
  CHECK(h.results().size() == 1);
}
