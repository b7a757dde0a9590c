// Asks every component for its status and the store for the ledger once a second, writes status.json.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/observe/status_report.hpp"
#include "actors/store/ledger_input.hpp"
#include "messages/directory.hpp"

namespace sluice {

struct status_actor_config {
  std::string path;   // DATA_DIR/status.json
  status_input fixed; // name, version, names, quota, pid, secrets: what does not change
  std::shared_ptr<directory> names;
  std::function<std::vector<std::string>()> hung;  // names of hung slots
  std::function<void(const std::string&)> publish; // the document, for the control socket
  std::shared_ptr<std::atomic<bool>> draining;
};

struct status_actor_state {
  status_actor_state() = default;
  status_actor_config config;
  std::chrono::steady_clock::time_point started;
  std::uint64_t round = 0;
  std::size_t waiting = 0;
  std::vector<component_status> components;
  std::shared_ptr<const ledger_input> books; // the last that the store answered with
  bool store_answered = false;               // in this round
  static inline const char* actor_name = "status";
};
static_assert(!std::is_aggregate_v<status_actor_state>);

status_actor::behavior_type run_status(status_actor::stateful_pointer<status_actor_state> self,
                                       status_actor_config config);

// Fills the parts of `in` that come from the logs.
void add_books(status_input& in, const ledger_input& books);

} // namespace sluice
