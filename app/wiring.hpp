// Spawns the service: every component as a row of a supervisor, in start order store, status, sinks, loops,
// engine, ingest. Stopping goes the other way round, so a drain is: sources disconnect, the engine empties
// the journal and checkpoints, the sinks empty the outbox, the store closes.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include <caf/actor_system.hpp>

#include "actors/observe/status_report.hpp"
#include "actors/predict/models_actor.hpp"
#include "actors/store/journal.hpp"
#include "actors/store/quota_gauge.hpp"
#include "actors/store/store.hpp"
#include "actors/supervise/watchdog.hpp"
#include "actors/transform/table_actor.hpp"
#include "actors/window/state_source.hpp"
#include "app/configuration.hpp"
#include "app/finish_line.hpp"
#include "app/plans.hpp"
#include "messages/directory.hpp"

namespace sluice {

// What all components share; outlives the actor system's actors.
struct service_parts {
  const configuration* config = nullptr;
  const plans* plan = nullptr;
  journal* log = nullptr;
  store* state = nullptr;
  state_source* closed_windows = nullptr;
  journal_clock* clock = nullptr;
  std::shared_ptr<watched_tables> tables; // look-up tables; empty = there are none
  std::shared_ptr<watched_models> models; // of the steps predict, with desks; empty = there are none
  std::shared_ptr<kept_models> kept;
  watchdog* dog = nullptr;
  std::shared_ptr<directory> names;
  std::shared_ptr<quota_gauge> quota;
  std::uint64_t seed = 0;
  std::function<void(const std::string&)> publish_status;
  std::shared_ptr<std::atomic<bool>> draining; // set when a stop was asked for
  std::shared_ptr<finish_line> finish;         // told when a finite source has ended
};

// Number of shard actors for this configuration: service.shards, or one per core.
std::uint32_t shard_count(const configuration& c);

supervisor_actor spawn_service(caf::actor_system& system, const service_parts& parts);

// What status reports carry that does not change while the service runs.
status_input fixed_status(const configuration& c);

} // namespace sluice
