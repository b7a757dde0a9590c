#include "actors/observe/status_actor.hpp"

#include <cstdio>
#include <unistd.h>

#include <caf/all.hpp>

#include "actors/observe/status_file.hpp"
#include "messages/actor_guard.hpp"
#include "messages/health.hpp"

namespace sluice {

namespace {

using self_ptr = status_actor::stateful_pointer<status_actor_state>;
using std::chrono::milliseconds;

// Resident memory of this process in bytes, from /proc; 0 where there is none.
std::uint64_t resident_bytes() {
  std::uint64_t pages = 0;
  if (FILE* f = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(f, "%*u %lu", &pages) != 1) pages = 0;
    std::fclose(f);
  }
  return pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

void write_report(self_ptr self) {
  auto& s = self->state;
  status_input in = s.config.fixed;
  in.state = s.config.draining && *s.config.draining ? "draining" : "running";
  for (const auto& c : s.components)
    if (c.name == "reader" && in.state == "running" && (c.state == "loading" || c.state == "recovering"))
      in.state = "recovering";
  in.uptime_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - s.started).count();
  in.components = s.components;
  in.process.rss_bytes = resident_bytes();
  if (s.books) add_books(in, *s.books);
  in.store_answered = s.store_answered;
  if (s.config.hung)
    for (const auto& name : s.config.hung()) in.health_reasons.push_back("hung: " + name);
  const auto text = status_report(in);
  if (s.config.publish) s.config.publish(text);
  if (auto done = write_status_file(s.config.path, text); !done)
    std::fprintf(stderr, "sluice: %s\n", done.error().text.c_str());
}

void answered(self_ptr self, std::uint64_t round) {
  auto& s = self->state;
  if (round == s.round && --s.waiting == 0) write_report(self);
}

void begin_round(self_ptr self) {
  auto& s = self->state;
  const auto round = ++s.round;
  s.components.clear();
  s.store_answered = false;
  const auto entries = s.config.names->all();
  s.waiting = 1; // this function's own
  for (const auto& e : entries) {
    auto& c = s.components.emplace_back(e.name, e.id, e.state);
    c.restarts = e.restarts;
    c.reason = e.reason;
    if (e.state != "running") c.level = e.state == "failed" ? health_level::failed : health_level::degraded;
    if (!e.handle || e.name == "status") continue;
    ++s.waiting;
    const auto place = s.components.size() - 1;
    self->request(e.handle, milliseconds(800), status_atom_v)
        .then(
            [self, round, place](const status_ptr& status) {
              auto& s = self->state;
              if (round == s.round) {
                auto& c = s.components[place];
                c.state = status->state;
                c.level = status->level;
                c.details = status->details;
                if (!status->reason.empty()) c.reason = status->reason;
              }
              answered(self, round);
            },
            [self, round, place](const caf::error&) {
              auto& s = self->state;
              if (round == s.round) {
                s.components[place].level = health_level::degraded;
                s.components[place].with("answers", false);
              }
              answered(self, round);
            });
    if (e.name == "store") {
      ++s.waiting;
      self->request(caf::actor_cast<store_actor>(e.handle), milliseconds(900), ledger_atom_v)
          .then(
              [self, round](const ledger_ptr& books) {
                if (round == self->state.round) {
                  self->state.books = books;
                  self->state.store_answered = true;
                }
                answered(self, round);
              },
              [self, round](const caf::error&) { answered(self, round); });
    }
  }
  answered(self, round);
}

} // namespace

void add_books(status_input& in, const ledger_input& books) {
  in.time_ms = books.now_ms;
  in.epoch = books.snapshot.epoch;
  in.books = compute_ledger(books.snapshot, books.tally, in.names);
  in.journal.first = books.first;
  in.journal.visible = books.tally.visible;
  in.journal.applied = books.snapshot.applied;
  in.journal.bytes = books.bytes;
  for (const auto& reason : books.health) in.health_reasons.push_back(reason);
}

status_actor::behavior_type run_status(self_ptr self, status_actor_config config) {
  auto& s = self->state;
  s.config = std::move(config);
  s.started = std::chrono::steady_clock::now();
  guard(self);
  self->send(self, beat_atom_v);
  return {
      [](status_atom) -> status_ptr {
        auto status = std::make_shared<component_status>();
        status->state = "running";
        return status;
      },
      [self](stop_atom) { self->quit(); },
      [](wake_atom) {},
      [self](beat_atom) {
        self->delayed_send(self, milliseconds(1000), beat_atom_v);
        begin_round(self);
      },
  };
}

} // namespace sluice
