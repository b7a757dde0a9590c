// The MQTT source: connect, subscribe, append to the journal inside the message callback. The PUBACK of a
// message goes out when that callback returns, so it means "kept" (see puback.hpp, "the PUBACK moment").
//
// Life cycle: one connection per actor; a source with `connections: N` has N of them. A lost connection ends
// the actor; its supervisor starts a new one, which connects and subscribes again. `connected` only after
// every SUBACK. Delivery: at least once from the broker, exact after the duplicate rule. Order: the broker's,
// per connection. Back pressure: none is pushed into the broker's connection; at the quota the source
// disconnects and keeps its session (semantics.md section 5).
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/client/mqtt_client.hpp"
#include "actors/ingest/puback.hpp"
#include "actors/ingest/source_links.hpp"
#include "actors/ingest/source_options.hpp"
#include "actors/store/journal.hpp"
#include "actors/store/quota_gauge.hpp"
#include "actors/supervise/watchdog.hpp"
#include "messages/interfaces.hpp"

namespace sluice {

struct mqtt_source_config {
  source_options options; // of kind mqtt; connection.client_id is set
  const mqtt_source_options& mqtt() const { return *options.mqtt(); }
  std::uint8_t connection = 0;         // which of the source's
  std::shared_ptr<source_links> links; // of all its connections
  journal* log = nullptr;              // outlives the actor
  journal_clock* clock = nullptr;
  std::shared_ptr<quota_gauge> quota;
  watchdog_slot* slot = nullptr;
};

struct mqtt_source_state {
  mqtt_source_state() = default;
  ~mqtt_source_state();
  mqtt_source_config config;
  std::shared_ptr<keeper> keep; // shared with the callback
  std::unique_ptr<mqtt_client> client;
  std::string phase = "waiting_for_room"; // connecting, subscribing, connected
  bool up = false;                        // told to the links
  int protocol = 0;
  bool session_present = false;
  static inline const char* actor_name = "mqtt_source";
};
static_assert(!std::is_aggregate_v<mqtt_source_state>);

source_actor::behavior_type run_mqtt_source(source_actor::stateful_pointer<mqtt_source_state> self,
                                            mqtt_source_config config);

} // namespace sluice
