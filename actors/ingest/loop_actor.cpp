#include "actors/ingest/loop_actor.hpp"

#include <caf/all.hpp>

#include "messages/actor_guard.hpp"
#include "messages/exit_codes.hpp"
#include "messages/health.hpp"

namespace sluice {

namespace {

using self_ptr = component_actor::stateful_pointer<loop_actor_state>;

constexpr std::chrono::milliseconds beat_every{200}; // END of a source wakes nobody

void work(self_ptr self) {
  auto& s = self->state;
  busy mark(s.slot);
  // Never waits for the quota: what it moves has its place in the outbox already, and frees it.
  if (auto done = s.logic->work(); !done) exit_now(exit_storage, done.error().text.c_str());
}

} // namespace

component_actor::behavior_type run_loop(self_ptr self, loop_actor_config config) {
  guard(self);
  auto& s = self->state;
  s.slot = config.slot;
  s.logic.emplace(config.pipeline, config.source, *config.log, *config.state);
  self->send(self, beat_atom_v);
  return {
      [self](status_atom) -> status_ptr {
        auto status = std::make_shared<component_status>();
        status->state = "running";
        status->with("moved", self->state.logic->moved());
        return status;
      },
      [self](stop_atom) {
        work(self);
        self->quit();
      },
      [self](wake_atom) { work(self); },
      [self](beat_atom) {
        work(self);
        self->delayed_send(self, beat_every, beat_atom_v);
      },
  };
}

} // namespace sluice
