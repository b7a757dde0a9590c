// The rules of semantics.md sections 2 and 3 for one device, each with a test named after it. Times in ms;
// windows of one minute.
#include "test/window/window_fixture.hpp"

using namespace sluice;
using namespace sluice::testing;

namespace {

constexpr std::int64_t minute = 60000;

std::string line(std::int64_t start, int revision, double mean, int count, const char* device = "d") {
  auto number = std::to_string(mean);
  while (number.back() == '0') number.pop_back();
  if (number.back() == '.') number.pop_back();
  return "{\"pipeline\":\"climate\",\"device\":\"" + std::string(device) +
         "\",\"start\":" + std::to_string(start) + ",\"end\":" + std::to_string(start + minute) +
         ",\"revision\":" + std::to_string(revision) + ",\"values\":{\"t_mean\":" + number +
         ",\"count\":" + std::to_string(count) + "}}";
}
using lines = std::vector<std::string>;

} // namespace

TEST_CASE("the watermark closes a window when it reaches its end, ascending by end") {
  hands h;
  h.at(0, 1);
  h.at(59999, 3);
  h.at(69999, 5); // watermark 59999
  CHECK(h.jsons().empty());
  h.at(70000, 7); // watermark 60000
  CHECK(h.jsons() == lines{line(0, 0, 2, 2)});
  h.at(125000, 1); // watermark 115000: minute 1 and minute 2 are both open
  CHECK(h.jsons().empty());
  h.at(10 * minute, 1);
  CHECK(h.jsons() == lines{line(minute, 0, 6, 2), line(2 * minute, 0, 1, 1)});
}

TEST_CASE("windows are aligned to the epoch, also before 1970") {
  hands h;
  h.at(-60001, 3);
  h.at(-60000, 2);
  h.at(-1, 1);
  h.at(20000, 4);
  CHECK(h.jsons() == lines{line(-2 * minute, 0, 3, 1), line(-minute, 0, 1.5, 2)});
}

TEST_CASE("times at the ends of int64 do not overflow") {
  hands h;
  h.at(std::numeric_limits<std::int64_t>::min() + 1, 1);
  h.at(std::numeric_limits<std::int64_t>::max() - 1, 1);
  h.at(std::numeric_limits<std::int64_t>::max(), 1);
  h.record(control_kind::source_end);
  CHECK(h.counters().applied == 3);
}

TEST_CASE("an event inside the watermark delay is taken by its own window, in whatever order") {
  hands h;
  h.at(61000, 10);
  h.at(59000, 1);
  h.at(69000, 20);
  h.at(58000, 3);
  h.at(131000, 1);
  CHECK(h.jsons() == lines{line(0, 0, 2, 2), line(minute, 0, 15, 2)});
  CHECK(h.counters().late == 0);
}

TEST_CASE("late within allowed lateness marks the window for revision at the next tick, once however many "
          "events came") {
  hands h;
  h.at(0, 1);
  h.at(71000, 5);
  CHECK(h.jsons() == lines{line(0, 0, 1, 1)});
  h.at(1000, 3);
  h.at(2000, 5);
  CHECK(h.jsons().empty());
  h.tick();
  CHECK(h.jsons() == lines{line(0, 1, 3, 3)});
  h.tick();
  CHECK(h.jsons().empty());
  h.at(3000, 7);
  h.tick();
  CHECK(h.jsons() == lines{line(0, 2, 4, 4)});
  CHECK(h.counters().revised == 2);
  CHECK(h.counters().applied == 5);
}

TEST_CASE("a revision is emitted at END too, and a window never emitted before begins with revision 0") {
  hands h;
  h.at(200000, 5);
  h.at(1000, 3); // its window is below the watermark already and was never open
  CHECK(h.jsons().empty());
  h.record(control_kind::source_end);
  CHECK(h.jsons() == lines{line(0, 0, 3, 1), line(180000, 0, 5, 1)});
}

TEST_CASE("a tick while the clock is not trusted still emits revisions") {
  hands h;
  h.at(0, 1);
  h.at(71000, 5);
  h.at(1000, 3);
  h.results();
  h.tick(1000, false);
  CHECK(h.jsons() == lines{line(0, 1, 2, 2)});
}

TEST_CASE(
    "a window is gone when its end and the allowed lateness are passed by the watermark: the event is late") {
  hands h;
  const auto edge = minute + 8 * minute + 10000; // watermark = end of minute 0 + 8 minutes
  h.at(0, 1);
  h.at(edge - 1, 1);
  h.at(1, 1);
  CHECK(h.counters().late == 0);
  h.at(edge, 1);
  h.at(2, 1);
  CHECK(h.counters().late == 1);
  CHECK(h.counters().applied == 4);
  CHECK(h.counters().dead_lettered == 0);
  auto dead = h.dead_letters();
  REQUIRE(dead.size() == 1);
  CHECK(dead[0].why == reason::late);
  CHECK(dead[0].pipeline == "climate");
  CHECK(dead[0].source == "field");
  CHECK(dead[0].topic == "a/b");
  CHECK(dead[0].payload == "{}");
}

TEST_CASE("late: drop counts and stores nothing") {
  auto p = minute_plan();
  p.window->late = late_policy::drop;
  hands h(p);
  h.at(10 * minute + 10000, 1);
  h.at(0, 1);
  CHECK(h.counters().late == 1);
  CHECK(h.dead_letters().empty());
}

TEST_CASE("lateness is judged before the watermark moves") {
  auto p = minute_plan();
  p.window->allowed_lateness = std::chrono::milliseconds(0);
  hands h(p);
  h.at(0, 1);
  h.at(100 * minute, 1); // it is not late by its own watermark
  h.at(59000, 1);
  CHECK(h.counters().applied == 2);
  CHECK(h.counters().late == 1);
}

TEST_CASE("without allowed lateness a closed window is gone at once") {
  auto p = minute_plan();
  p.window->allowed_lateness = std::chrono::milliseconds(0);
  hands h(p);
  h.at(0, 1);
  h.at(70000, 1);
  h.at(59999, 1);
  CHECK(h.counters().late == 1);
  h.tick();
  CHECK(h.jsons() == lines{line(0, 0, 1, 1)});
  CHECK(h.store.data[state_family::window].empty());
}

TEST_CASE("a filtered event moves the watermark and marks nothing") {
  auto p = minute_plan();
  p.steps = {filter_options{"filter-1", "t < 100"}};
  hands h(p);
  h.at(0, 1);
  h.at(70000, 500);
  CHECK(h.jsons() == lines{line(0, 0, 1, 1)});
  h.at(1000, 500); // into the closed window, filtered
  h.tick();
  CHECK(h.jsons().empty());
  CHECK(h.counters().filtered == 2);
  h.event({"d", 71000, {{"u", 1.0}}});
  CHECK(h.counters().filtered == 3);
  CHECK(h.counters().missing_field == 1);
}

TEST_CASE("windows close before the steps run") {
  auto p = minute_plan();
  p.steps = {derive_options{"derive-1", {{"u", "t + 1"}}}};
  hands h(p);
  h.at(0, 1);
  h.event({"d", 70000, {{"t", std::string("broken")}}});
  CHECK(h.jsons() == lines{line(0, 0, 1, 1)});
  CHECK(h.counters().dead_lettered == 1);
  CHECK(h.dead_letters()[0].why == reason::field_type);
}

TEST_CASE("a derived field from a missing field is missing and counted") {
  auto p = minute_plan();
  p.steps = {derive_options{"derive-1", {{"u", "x + 1"}, {"t", "t * 2"}}}};
  hands h(p);
  h.at(0, 4);
  h.at(70000, 1);
  CHECK(h.jsons() == lines{line(0, 0, 8, 1)});
  CHECK(h.counters().derive_missing == 2);
}

TEST_CASE("an aggregate of a text or boolean where a number is needed is dead letter field.type") {
  hands h;
  h.event({"d", 0, {{"t", std::string("warm")}}});
  h.event({"d", 0, {{"t", true}}});
  CHECK(h.counters().dead_lettered == 2);
  CHECK(h.counters().applied == 0);
  auto dead = h.dead_letters();
  CHECK(dead[0].why == reason::field_type);
  CHECK(dead[0].where == "t");
  CHECK(dead[0].detail == "wrong type for an aggregate (got text, want a number)");
  h.record(control_kind::source_end);
  CHECK(h.results().empty()); // no empty windows
}

TEST_CASE("an aggregate of a field without values is absent") {
  hands h;
  h.event({"d", 0, {{"u", 1.0}}});
  h.record(control_kind::source_end);
  CHECK(h.jsons()[0].find("\"values\":{\"count\":1}}") != std::string::npos);
}

TEST_CASE("closed windows that may be revised live in the store, not in memory, and are erased when gone") {
  hands h;
  h.at(0, 1);
  h.at(71000, 5);
  h.checkpoint();
  CHECK(h.store.data[state_family::window].size() == 1);
  const auto reads = h.store.reads;
  h.at(1000, 3);
  CHECK(h.store.reads == reads + 1);
  h.checkpoint();
  CHECK(h.store.data[state_family::mark].size() == 1);
  h.tick();
  h.checkpoint();
  CHECK(h.store.data[state_family::mark].empty());
  CHECK(h.store.data[state_family::window].size() == 1);
  h.at(9 * minute + 10000, 1);
  h.checkpoint();
  CHECK(h.store.data[state_family::window].size() == 1); // minute 1; minute 0 is gone
  h.at(100 * minute, 1);
  h.checkpoint();
  CHECK(h.store.data[state_family::window].empty());
}

TEST_CASE("a window that becomes gone while it is marked is still emitted, then erased") {
  hands h;
  h.at(0, 1);
  h.at(71000, 5);
  h.checkpoint();
  h.at(1000, 3);
  h.at(100 * minute, 1);
  h.results();
  h.tick();
  CHECK(h.jsons() == lines{line(0, 1, 2, 2)});
  CHECK(h.store.data[state_family::window].empty());
  CHECK(h.store.data[state_family::mark].empty());
}

TEST_CASE("a restart between mark and tick loses nothing") {
  hands h;
  h.at(0, 1);
  h.at(71000, 5);
  h.at(1000, 3);
  h.results();
  h.restart();
  h.tick();
  CHECK(h.jsons() == lines{line(0, 1, 2, 2)});
}

TEST_CASE("a closed window stays readable until its checkpoint is committed") {
  hands h;
  h.at(0, 1);
  h.at(71000, 5);
  auto part = h.logic->take_part(h.sequence); // not committed yet: the store does not have it
  h.at(1000, 3);
  h.tick();
  h.store.commit(part.state);
  h.logic->committed(h.sequence);
  CHECK(h.jsons() == lines{line(0, 1, 2, 2)});
}

TEST_CASE("lateness far longer than the window's size keeps every closed window it may revise") {
  auto p = minute_plan();
  p.window->allowed_lateness = std::chrono::minutes(200);
  hands h(p);
  for (int i = 0; i < 150; ++i) h.at(i * minute, i), h.results();
  h.at(30000, 4);
  h.tick();
  CHECK(h.jsons() == lines{line(0, 1, 2, 2)});
  for (int i = 150; i < 400; ++i) h.at(i * minute, i), h.checkpoint();
  CHECK(h.store.data[state_family::window].size() <= 202);
  h.at(2000 * minute, 1);
  h.checkpoint();
  CHECK(h.store.data[state_family::window].empty());
}

TEST_CASE("each device has its own watermark") {
  hands h;
  h.at(0, 1, "a");
  h.at(100 * minute, 1, "b");
  h.at(1, 3, "a");
  h.at(70000, 3, "a");
  CHECK(h.jsons() == lines{line(0, 0, 2, 2, "a")});
}

TEST_CASE("results say that the time is the arrival's") {
  auto p = minute_plan();
  p.arrival = true;
  hands h(p);
  h.at(0, 1);
  h.record(control_kind::source_end);
  CHECK(h.jsons()[0].find("\"revision\":0,\"time_source\":\"arrival\",\"values\":{") != std::string::npos);
}
