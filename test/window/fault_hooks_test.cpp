// Step 8: any exception leaves the device as it was; and the ledger's fault.
#include "test/support/fault_hooks.hpp"
#include "test/window/window_fixture.hpp"

using namespace sluice;
using namespace sluice::testing;

TEST_CASE("an exception becomes dead letter apply.error with its text and leaves the device as it was") {
  auto p = minute_plan();
  p.sequence = true;
  hands h(p);
  h.numbered(0, 1);
  throw_in_applies = 1;
  h.numbered(70000, 2);
  auto dead = h.dead_letters();
  REQUIRE(dead.size() == 1);
  CHECK(dead[0].why == reason::apply_error);
  CHECK(dead[0].detail == "fault injected by a test");
  CHECK(h.counters().dead_lettered == 1);
  CHECK(h.results().empty()); // its watermark did not move
  h.numbered(70000, 2);       // nor was its number seen
  CHECK(h.counters().applied == 2);
  CHECK(h.results().size() == 1);
}

TEST_CASE("a closed window whose stored bytes are damaged is an apply.error, and nothing else changes") {
  hands h;
  h.at(0, 1);
  h.at(71000, 5);
  h.checkpoint();
  for (auto& [key, value] : h.store.data[state_family::window]) value.pop_back();
  h.at(1000, 3);
  CHECK(h.counters().dead_lettered == 1);
  CHECK(h.dead_letters()[0].detail.find("damaged") != std::string::npos);
  h.tick();
  CHECK(h.results().size() == 1); // the first emission only
}

TEST_CASE("five apply errors in 60 s of journal time quarantine the device alone") {
  hands h;
  h.at(0, 1, "good");
  for (int i = 0; i < 5; ++i) {
    throw_in_applies = 1;
    h.at(1000 * i, 1, "bad");
    h.now += 15000;
  }
  CHECK(h.counters().quarantined == 1);
  h.at(9000, 1, "bad");
  h.at(9000, 1, "good");
  auto dead = h.dead_letters();
  REQUIRE(dead.size() == 6);
  CHECK(dead[5].why == reason::device_quarantined);
  CHECK(h.counters().applied == 2);
  CHECK(h.counters().dead_lettered == 6);
  h.restart();
  h.at(9500, 1, "bad");
  CHECK(h.dead_letters()[0].why == reason::device_quarantined);
}

TEST_CASE("a released device is taken again, and its next errors count anew") {
  auto usual = minute_plan(), hopping = minute_plan();
  hopping.window->kind = window_kind::hopping;
  hopping.window->every = std::chrono::seconds(30);
  for (const auto& plan : {usual, hopping}) {
    hands h(plan);
    h.at(0, 1, "bad");
    for (int i = 0; i < 5; ++i) {
      throw_in_applies = 1;
      h.at(1000 * i, 1, "bad");
    }
    REQUIRE(h.counters().quarantined == 1);
    h.dead_letters();
    h.record(control_kind::release, 1, "other");
    h.at(6000, 1, "bad");
    CHECK(h.dead_letters().size() == 1);
    h.record(control_kind::release, 1, "bad");
    h.checkpoint();
    h.restart(); // the release is kept with the device
    const auto before = h.counters().applied;
    h.at(7000, 1, "bad");
    throw_in_applies = 1;
    h.at(8000, 1, "bad");
    h.at(9000, 1, "bad");
    CHECK(h.counters().applied == before + 2);
    CHECK(h.dead_letters().size() == 1);
  }
}

TEST_CASE("five apply errors over more than a minute do not quarantine") {
  hands h;
  for (int i = 0; i < 10; ++i) {
    throw_in_applies = 1;
    h.at(0, 1);
    h.now += 15001;
  }
  CHECK(h.counters().quarantined == 0);
  h.at(0, 1);
  CHECK(h.counters().applied == 1);
}

TEST_CASE("an event dropped inside the shard is in no counter: the ledger sees it") {
  hands h;
  drop_events = 1;
  h.at(0, 1);
  h.at(1, 1);
  const auto& c = h.counters();
  CHECK(c.applied + c.filtered + c.duplicate + c.late + c.dead_lettered == 1);
}
