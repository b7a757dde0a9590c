// The Kafka source: polls its partitions and appends their records to the journal, many at once.
//
// Life cycle: one member of the group per actor, detached; a member that is of no use any more ends the
// actor, and its supervisor starts a new one. Delivery: each record once: positions are ours, in the state
// and in the journal beside the records; the group is told what is in the journal, so that others see the lag
// and a partition that moves begins there. Order: of each partition its own. Back pressure: it polls no
// further than 64 MiB of records ahead of what is applied; at the quota it leaves until there is room. A
// partition whose records are not where they should be is left out, and the status says why.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/client/kafka_consumer.hpp"
#include "actors/ingest/kafka/kafka_intake.hpp"
#include "actors/ingest/kafka/kafka_partitions.hpp"
#include "actors/ingest/kafka/kafka_takeover.hpp"
#include "actors/ingest/read_ahead.hpp"
#include "actors/store/journal.hpp"
#include "actors/store/quota_gauge.hpp"
#include "actors/store/store.hpp"
#include "actors/supervise/watchdog.hpp"
#include "messages/interfaces.hpp"

namespace sluice {

struct kafka_source_config {
  std::string name;
  kafka_source_options options; // group, instance and client_id are set
  journal* log = nullptr;       // outlives the actor
  const store* state = nullptr;
  journal_clock* clock = nullptr;
  std::shared_ptr<quota_gauge> quota;
  watchdog_slot* slot = nullptr;
  kafka_memory memory; // of the pipelines that read it
  // Pipelines with commas: whose memory does not follow a partition, and whose keys may be of many.
  std::string staying, mixing;
};

struct kafka_source_state {
  kafka_source_state() = default;
  ~kafka_source_state();
  kafka_source_config config;
  std::unique_ptr<kafka_consumer> consumer;
  std::string phase = "waiting_for_room"; // joining, rebuilding, connected, connecting, fenced
  bool up = false;                        // source_up was appended
  bool scheduled = false, stopping = false;
  bool away = false;                  // no broker answers
  std::optional<kafka_intake> intake; // with the positions of what is in the journal
  kafka_partitions partitions;
  std::chrono::steady_clock::time_point told{}, asked{}, turned{};
  read_ahead ahead;
  std::uint64_t messages = 0;
  std::int64_t last_ms = 0;
  static inline const char* actor_name = "kafka_source";
};
static_assert(!std::is_aggregate_v<kafka_source_state>);

source_actor::behavior_type run_kafka_source(source_actor::stateful_pointer<kafka_source_state> self,
                                             kafka_source_config config);

} // namespace sluice
