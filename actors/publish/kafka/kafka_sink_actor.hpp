// The shell of the Kafka sink: a producer, the outbox and a clock around a record_publisher and, where the
// sink is transactional, a transaction, which decide everything. A producer that is of no use any more ends
// the actor; the supervisor's next one goes on from the stored cursor, and a transactional one first shuts
// the old producer out and asks the cluster for our mark: the offset of a group of the transactional id's
// name, for partition 0 of the topic. Only a producer that was shut out itself stays away ("fenced").
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/client/kafka_producer.hpp"
#include "actors/publish/kafka/record_publisher.hpp"
#include "actors/publish/kafka/transaction.hpp"
#include "actors/store/journal_clock.hpp"
#include "actors/store/store.hpp"
#include "actors/supervise/watchdog.hpp"
#include "messages/interfaces.hpp"

namespace sluice {

struct kafka_sink_config {
  std::string name; // of the sink in the configuration
  kafka_sink_options options;
  std::string transactional_id;          // where the options say transactional
  std::function<std::string()> fresh_id; // of the marks of a data directory
  bool sync = false;                     // durability: power
  store* state = nullptr;                // outlives the actor
  journal_clock* clock = nullptr;        // stamps dead letters
  watchdog_slot* slot = nullptr;
};

struct kafka_sink_state {
  kafka_sink_state() = default;
  kafka_sink_config config;
  std::optional<record_publisher> logic;
  std::unique_ptr<kafka_producer> producer;
  std::string phase = "connecting"; // joining, connected, fenced
  std::string reason;               // why it is joining or fenced
  std::string doubt;                // of resume
  bool stopping = false;
  bool soon = false, later = false; // a message to work is in the mailbox; a beat is on its way
  std::chrono::steady_clock::time_point stored{};
  std::uint64_t acknowledged = 0;
  std::optional<transaction> bracket; // where transactional, once it has joined
  bool joined = false;
  static inline const char* actor_name = "kafka_sink";
};
static_assert(!std::is_aggregate_v<kafka_sink_state>);

// Detached: it waits for answers.
sink_actor::behavior_type run_kafka_sink(sink_actor::stateful_pointer<kafka_sink_state> self,
                                         kafka_sink_config config);

} // namespace sluice
