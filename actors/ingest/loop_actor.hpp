// The shell of one result_loop: woken when the outbox grows, and by its own timer.
#pragma once

#include <optional>
#include <string>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/ingest/result_loop.hpp"
#include "actors/supervise/watchdog.hpp"
#include "messages/interfaces.hpp"

namespace sluice {

struct loop_actor_config {
  std::string pipeline; // whose results
  std::string source;   // what that one reads
  journal* log = nullptr;
  store* state = nullptr;
  watchdog_slot* slot = nullptr;
};

struct loop_actor_state {
  loop_actor_state() = default;
  std::optional<result_loop> logic;
  watchdog_slot* slot = nullptr;
  static inline const char* actor_name = "loop";
};

component_actor::behavior_type run_loop(component_actor::stateful_pointer<loop_actor_state> self,
                                        loop_actor_config config);

} // namespace sluice
