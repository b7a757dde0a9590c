// Watches the bundles of the steps predict: looks at each once a second. A new one that is good is kept under
// DATA_DIR/models, loaded by every predictor of the pipeline beside its work, and put in force by a MODEL
// record in the journal; one that is bad, or that is not loaded within 30 s, leaves the model in force and
// turns health degraded, with the reason. Its status tells of each model, the drift figures too.
//
// Life cycle: one for all models; those in force are in the journal before any source opens. A restart loses
// nothing: it looks at every bundle anew.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <caf/actor_clock.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/predict/model_watch.hpp"
#include "actors/predict/predict_options.hpp"
#include "actors/predict/scoring_desk.hpp"
#include "actors/store/journal.hpp"
#include "actors/store/model_files.hpp"
#include "actors/supervise/watchdog.hpp"
#include "messages/interfaces.hpp"

namespace sluice {

// The model of one pipeline.
struct watched_model {
  std::string pipeline;
  predict_options options;
  model_watch bundle;
  std::vector<std::shared_ptr<scoring_desk>> desks; // one per shard
  model_watch::facts next;                          // is being loaded by the predictors; null = none
  caf::actor_clock::time_point next_since = {};
  std::uint64_t swaps = 0;
};

// The models of one service, shared by every incarnation of the actor. One thread at a time.
struct watched_models {
  std::vector<watched_model> all;
};

struct models_actor_config {
  std::shared_ptr<watched_models> models;
  std::shared_ptr<kept_models> kept;
  std::shared_ptr<const model_files> files;
  journal* log = nullptr; // outlives the actor
  journal_clock* clock = nullptr;
  watchdog_slot* slot = nullptr;
};

struct models_actor_state {
  models_actor_state() = default;
  models_actor_config config;
  caf::actor_clock::time_point next_look = {};
  static inline const char* actor_name = "models";
};
static_assert(!std::is_aggregate_v<models_actor_state>);

component_actor::behavior_type run_models(component_actor::stateful_pointer<models_actor_state> self,
                                          models_actor_config config);

} // namespace sluice
