// The ThingsBoard sink's shell: a connection, the outbox and a clock around thingsboard::publisher, which
// decides everything. A connection that is of no use any more ends the actor; the supervisor's next one goes
// on from the stored cursor.
#pragma once

#include <memory>
#include <string>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/client/mqtt_client.hpp"
#include "actors/publish/thingsboard/options.hpp"
#include "actors/publish/thingsboard/publisher.hpp"
#include "actors/store/journal_clock.hpp"
#include "actors/store/store.hpp"
#include "actors/supervise/watchdog.hpp"
#include "messages/interfaces.hpp"

namespace sluice {

struct thingsboard_config {
  std::string name; // of the sink in the configuration
  thingsboard_options options;
  store* state = nullptr;         // outlives the actor
  journal_clock* clock = nullptr; // stamps dead letters
  watchdog_slot* slot = nullptr;
};

struct thingsboard_state {
  thingsboard_state() = default;
  thingsboard_config config;
  std::unique_ptr<thingsboard::publisher> logic;
  std::unique_ptr<mqtt_client> client;
  std::string phase = "connecting";
  bool stopping = false;
  bool wake_sent = false; // a wake-up is in the mailbox behind the acknowledgements: progress is stored once
                          // for all of them
  std::uint64_t acknowledged = 0;
  static inline const char* actor_name = "thingsboard";
};
static_assert(!std::is_aggregate_v<thingsboard_state>);

sink_actor::behavior_type run_thingsboard(sink_actor::stateful_pointer<thingsboard_state> self,
                                          thingsboard_config config);

} // namespace sluice
