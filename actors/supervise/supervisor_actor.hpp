// The only code that restarts anything. Starts its children in order, watches them, starts them again as
// restart_policy says, escalates when it cannot, and stops them in reverse order, each with a deadline.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/supervise/child_spec.hpp"
#include "messages/directory.hpp"

namespace sluice {

struct supervisor_state {
  supervisor_state() = default;
  struct child {
    child_spec spec;
    component_actor handle;
    std::uint64_t id = 0;
    child_history history;
    std::uint64_t timer = 0; // the restart timer that counts; older ones are ignored
  };
  std::string name;
  supervision strategy = supervision::one_for_one;
  std::vector<child> children;
  std::shared_ptr<directory> names;
  std::mt19937_64 random;
  std::uint64_t timers = 0;
  bool stopping = false;
  caf::error end;                      // what the supervisor quits with when stopping is done
  std::vector<std::size_t> to_restart; // children that wait until the group is down
  std::string group_reason;            // which child's end that was, and why
  static inline const char* actor_name = "supervisor";
};
static_assert(!std::is_aggregate_v<supervisor_state>);

// `seed` makes the jitter repeatable in tests.
supervisor_actor::behavior_type supervise(supervisor_actor::stateful_pointer<supervisor_state> self,
                                          std::string name, supervision strategy,
                                          std::vector<child_spec> children, std::shared_ptr<directory> names,
                                          std::uint64_t seed);

} // namespace sluice
