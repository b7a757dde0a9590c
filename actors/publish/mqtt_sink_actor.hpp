// The shell of every sink that publishes over MQTT (ThingsBoard, MQTT): a connection, the outbox and a clock
// around a publish_logic, which decides everything. A connection that is of no use any more ends the actor;
// the supervisor's next one goes on from the stored cursor.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/client/mqtt_client.hpp"
#include "actors/publish/publish_logic.hpp"
#include "actors/store/journal_clock.hpp"
#include "actors/store/store.hpp"
#include "actors/supervise/watchdog.hpp"
#include "messages/interfaces.hpp"

namespace sluice {

struct mqtt_sink_config {
  std::string name; // of the sink in the configuration
  mqtt_connection_options connection;
  std::function<std::unique_ptr<publish_logic>(const sink_cursor& from)> make;
  store* state = nullptr;         // outlives the actor
  journal_clock* clock = nullptr; // stamps dead letters
  watchdog_slot* slot = nullptr;
};

// Acknowledgements on their way from the client's thread to the actor, which is told once for all of them.
struct mqtt_answers {
  struct answer {
    std::uint64_t token;
    int code;
  };
  std::mutex mutex;
  std::vector<answer> waiting;
};

struct mqtt_sink_state {
  mqtt_sink_state() = default;
  mqtt_sink_config config;
  std::unique_ptr<publish_logic> logic;
  std::shared_ptr<mqtt_answers> answers = std::make_shared<mqtt_answers>(); // shared with the callback
  std::unique_ptr<mqtt_client> client;
  std::string phase = "connecting", protocol; // protocol: "5" or "3.1.1", once it is connected
  bool stopping = false;
  bool wake_sent = false; // a wake-up is in the mailbox behind the acknowledgements: one for all of them
  std::chrono::milliseconds stored{}; // when progress was
  bool store_sent = false;            // a reminder to store it is under way
  std::uint64_t acknowledged = 0;
  static inline const char* actor_name = "mqtt_sink";
};
static_assert(!std::is_aggregate_v<mqtt_sink_state>);

sink_actor::behavior_type run_mqtt_sink(sink_actor::stateful_pointer<mqtt_sink_state> self,
                                        mqtt_sink_config config);

} // namespace sluice
