// Keeps the thread that scores for one pipeline in one shard alive: it is started with an open desk, and ends
// when the model has given no answer, with the reason, so that its supervisor starts it again after a
// back-off. Such an end is `lost` (messages/errors.hpp): a bad model never counts toward an escalation.
//
// Delivery and order are not its matter: the shard asks the desk itself and waits with a deadline.
#pragma once

#include <memory>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/predict/scoring_desk.hpp"
#include "messages/interfaces.hpp"

namespace sluice {

struct predictor_actor_state {
  predictor_actor_state() = default;
  std::shared_ptr<scoring_desk> desk;
  static inline const char* actor_name = "predictor";
};
static_assert(!std::is_aggregate_v<predictor_actor_state>);

// `desk` was opened by who spawns it.
component_actor::behavior_type run_predictor(component_actor::stateful_pointer<predictor_actor_state> self,
                                             std::shared_ptr<scoring_desk> desk);

} // namespace sluice
