// A child of a supervisor is a row: name, how to spawn it, when to start it again, how long its stop may
// take.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include <caf/actor_system.hpp>

#include "actors/supervise/restart_policy.hpp"
#include "messages/interfaces.hpp"

namespace sluice {

struct child_spec {
  std::string name;
  std::function<component_actor(caf::actor_system&)> make;
  restart_kind kind = restart_kind::permanent;
  restart_limits limits;
  std::chrono::milliseconds shutdown{5000}; // stop asked -> killed
  bool component = true; // appears in the directory and in status.json; false for inner supervisors
};

enum class supervision : std::uint8_t {
  one_for_one,  // only the child that ended
  one_for_all,  // all of them: they share state
  rest_for_one, // it and those started after it
};

} // namespace sluice
