// Owns the order of writes: commits checkpoints, wakes the sinks, trims journal and outbox, syncs on the
// timer of bounded durability, watches the quota, answers the ledger's questions. An I/O error here ends the
// process with 74: what was not acknowledged stays with the broker.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/store/journal.hpp"
#include "actors/store/ledger_input.hpp"
#include "actors/store/quota_gauge.hpp"
#include "actors/store/store.hpp"
#include "actors/supervise/watchdog.hpp"
#include "messages/directory.hpp"

namespace sluice {

struct store_actor_config {
  config::service_options service;
  journal* log = nullptr; // both outlive the actor
  store* state = nullptr;
  journal_clock* clock = nullptr;
  std::shared_ptr<directory> names;   // to wake sinks and sources
  std::vector<std::string> sinks;     // component names, "sink.X"
  std::vector<std::string> sources;   // component names, "source.X"
  std::shared_ptr<quota_gauge> quota; // what sources look at
  watchdog_slot* slot = nullptr;
};

struct store_actor_state {
  store_actor_state() = default;
  store_actor_config config;
  std::uint64_t engines = 0, commits = 0;
  std::uint64_t next_housekeeping = 0;
  std::int64_t last_sync_ms = 0, last_keep_ms = 0;
  static inline const char* actor_name = "store";
};
static_assert(!std::is_aggregate_v<store_actor_state>);

store_actor::behavior_type run_store(store_actor::stateful_pointer<store_actor_state> self,
                                     store_actor_config config);

} // namespace sluice
