// The thin shell around shard: applies work in order, answers with credit and, when asked, its part of the
// checkpoint.
#pragma once

#include <memory>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/supervise/watchdog.hpp"
#include "actors/window/shard.hpp"
#include "messages/interfaces.hpp"

namespace sluice {

struct shard_actor_config {
  std::uint32_t id = 0, shards = 1;
  std::vector<pipeline_plan> plans;
  const state_source* state = nullptr; // where closed windows are read back from; outlives the actor
  std::shared_ptr<table_cache> tables; // contents of look-up tables; null = there are none
  shard_models models;
  watchdog_slot* slot = nullptr;
};

struct shard_actor_state {
  shard_actor_state() = default;
  std::uint32_t id = 0;
  std::unique_ptr<shard> logic;
  watchdog_slot* slot = nullptr;
  std::uint64_t works = 0;
  static inline const char* actor_name = "shard";
};
static_assert(!std::is_aggregate_v<shard_actor_state>);

shard_actor::behavior_type run_shard(shard_actor::stateful_pointer<shard_actor_state> self,
                                     shard_actor_config config);

} // namespace sluice
