// The supervisor on CAF's deterministic scheduler: virtual time, no sleeps.
#include "actors/supervise/supervisor_actor.hpp"

#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <doctest/doctest.h>

#include "messages/health.hpp"

using namespace sluice;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

struct config : caf::actor_system_config {
  config() {
    add_message_types<caf::id_block::sluice>();
    set("scheduler.policy", caf::atom("testing"));
  }
};

// A child that ends as it is told, and notes its starts and stops in `log`.
struct child_state {
  child_state() = default;
  std::string name;
  std::vector<std::string>* log = nullptr;
  bool stubborn = false;
};

component_actor::behavior_type child(component_actor::stateful_pointer<child_state> self, std::string name,
                                     std::vector<std::string>* log, bool stubborn) {
  self->state.name = name;
  self->state.log = log;
  self->state.stubborn = stubborn;
  log->push_back("+" + name);
  return {
      [](status_atom) -> status_ptr { return std::make_shared<component_status>(); },
      [self](stop_atom) {
        self->state.log->push_back("-" + self->state.name);
        if (!self->state.stubborn) self->quit();
      },
      [](wake_atom) {},
      [](beat_atom) {},
  };
}

struct fixture {
  config cfg;
  caf::actor_system system{cfg};
  caf::scheduler::test_coordinator& sched =
      dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  std::shared_ptr<directory> names = std::make_shared<directory>();
  std::vector<std::string> log;
  supervisor_actor top;
  caf::scoped_actor self{system};

  child_spec row(std::string name, bool stubborn = false) {
    child_spec spec;
    spec.name = name;
    spec.shutdown = seconds(5);
    spec.make = [=, this](caf::actor_system& s) -> component_actor {
      return s.spawn(child, name, &log, stubborn);
    };
    return spec;
  }
  void start(supervision strategy, std::vector<child_spec> rows) {
    top = system.spawn(supervise, std::string("root"), strategy, std::move(rows), names, std::uint64_t{1});
    self->monitor(top);
    sched.run();
  }
  void fail(const std::string& name, caf::error why) {
    caf::anon_send(caf::actor_cast<caf::actor>(names->find(name)),
                   caf::exit_msg{self->address(), std::move(why)});
    sched.run();
  }
  void advance(milliseconds d) {
    sched.clock().current_time += d;
    sched.trigger_timeouts();
    sched.run();
  }
  directory_entry entry(const std::string& name) {
    for (auto& e : names->all())
      if (e.name == name) return e;
    return {};
  }
  ~fixture() {
    names->clear();
    caf::anon_send_exit(top, caf::exit_reason::kill);
    sched.run();
  }
};

} // namespace

TEST_CASE_FIXTURE(fixture, "children start in order and stop in reverse order") {
  start(supervision::one_for_one, {row("a"), row("b"), row("c")});
  CHECK(log == std::vector<std::string>{"+a", "+b", "+c"});
  caf::anon_send(top, stop_atom_v);
  sched.run();
  CHECK(log == std::vector<std::string>{"+a", "+b", "+c", "-c", "-b", "-a"});
  bool ended = false;
  self->receive([&](const caf::down_msg& d) { ended = !d.reason || d.reason == caf::exit_reason::normal; },
                caf::after(seconds(0)) >> [] {});
  CHECK(ended);
}

TEST_CASE_FIXTURE(fixture,
                  "a stop has a deadline: a child that does not end is killed and the next one is asked") {
  start(supervision::one_for_one, {row("a"), row("b", true)});
  caf::anon_send(top, stop_atom_v);
  sched.run();
  CHECK(log.back() == "-b");
  advance(seconds(6));
  CHECK(log.back() == "-a");
}

TEST_CASE_FIXTURE(fixture, "a lost connection restarts only that child, after a back-off, under a new id") {
  start(supervision::one_for_one, {row("source.field"), row("sink.board")});
  const auto before = entry("source.field").id;
  const auto other = entry("sink.board").id;
  fail("source.field", caf::make_error(ec::connection_lost, std::string("gone")));
  CHECK(entry("source.field").state == "backing_off");
  CHECK(entry("source.field").reason == "connection_lost: gone");
  advance(milliseconds(100));
  CHECK(entry("source.field").state == "running");
  CHECK(entry("source.field").id != before);
  CHECK(entry("source.field").restarts == 1);
  CHECK(entry("sink.board").id == other);
}

TEST_CASE_FIXTURE(fixture, "lost connections never escalate") {
  start(supervision::one_for_one, {row("a")});
  for (int i = 0; i < 50; ++i) {
    fail("a", caf::make_error(ec::refused, std::string("no")));
    advance(seconds(31));
    REQUIRE(entry("a").state == "running");
  }
}

TEST_CASE_FIXTURE(fixture, "too many bugs stop the siblings in reverse order and escalate") {
  start(supervision::one_for_one, {row("a"), row("b"), row("c")});
  for (int i = 0; i < 6; ++i) fail("b", caf::make_error(ec::bug, std::string("boom")));
  CHECK(log[log.size() - 2] == "-c");
  CHECK(log.back() == "-a");
  bool escalated = false;
  self->receive(
      [&](const caf::down_msg& d) { escalated = bool(d.reason) && d.reason != caf::exit_reason::normal; },
      caf::after(seconds(0)) >> [] {});
  CHECK(escalated);
}

TEST_CASE_FIXTURE(fixture, "one_for_all restarts every child when one has a bug") {
  start(supervision::one_for_all, {row("shard.0"), row("shard.1"), row("reader")});
  const auto first = entry("shard.0").id;
  log.clear();
  fail("reader", caf::make_error(ec::bug, std::string("boom")));
  CHECK(log == std::vector<std::string>{"+shard.0", "+shard.1", "+reader"});
  CHECK(entry("shard.0").id > first);
}

TEST_CASE_FIXTURE(fixture, "every component answers status") {
  start(supervision::one_for_one, {row("a")});
  auto asked = self->request(top, caf::infinite, status_atom_v);
  sched.run();
  asked.receive([](const status_ptr& s) { CHECK(s->state == "running"); },
                [](const caf::error&) { CHECK(false); });
}
