#include "actors/predict/predictor_actor.hpp"

#include <cmath>

#include <caf/all.hpp>

#include "messages/actor_guard.hpp"
#include "messages/health.hpp"

namespace sluice {

namespace {

using self_ptr = component_actor::stateful_pointer<predictor_actor_state>;
using state = scoring_desk::state;

constexpr std::chrono::milliseconds look{100};

// False: the desk is closed, and the actor ends.
bool look_at(self_ptr self) {
  auto& desk = *self->state.desk;
  if (desk.now() != state::closed) return true;
  self->quit(caf::make_error(desk.failure(), desk.why_closed()));
  return false;
}

} // namespace

component_actor::behavior_type run_predictor(self_ptr self, std::shared_ptr<scoring_desk> desk) {
  self->state.desk = std::move(desk);
  guard(self);
  self->send(self, beat_atom_v);
  return {
      [self](status_atom) -> status_ptr {
        const auto& desk = *self->state.desk;
        const auto counted = desk.status();
        auto status = std::make_shared<component_status>();
        const bool open = desk.now() == state::open;
        status->state = open ? "running" : "loading";
        if (!open) status->level = health_level::degraded;
        status->with("batches", counted.batches).with("rows", counted.rows).with("refused", counted.refused);
        status->with("batch_us", std::llround(counted.times.mean().count()));
        status->with("slowest_us", std::llround(counted.times.slowest().count()));
        status->with("hanging", desk.hanging());
        return status;
      },
      [self](stop_atom) {
        self->state.desk->close();
        self->quit();
      },
      [self](wake_atom) { look_at(self); },
      [self](beat_atom) {
        if (look_at(self)) self->delayed_send(self, look, beat_atom_v);
      },
  };
}

} // namespace sluice
