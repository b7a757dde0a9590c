// Options of the Kafka source.
#pragma once

#include <string>
#include <vector>

#include "actors/client/kafka_options.hpp"
#include "actors/ingest/kafka/kafka_position.hpp"
#include "actors/ingest/kafka/kafka_rebuild.hpp"
#include "config/topic_template.hpp"

namespace sluice {

struct kafka_source_options {
  kafka_connection_options connection;
  std::vector<config::topic_template> topics; // TOPIC or TOPIC/KEY, at least one; TOPIC is no placeholder
  std::string group;                          // empty: made by wiring from service and source name
  std::string instance;                       // likewise
  kafka_beginning::reset offset_reset = kafka_beginning::reset::earliest;
  kafka_beginning::gap on_gap = kafka_beginning::gap::stop;
  kafka_rebuild rebuild;
  std::size_t max_message = 1u << 20; // bytes; a longer payload is dead letter `message.too_large`

  // The Kafka topics, each once.
  std::vector<std::string> subscriptions() const;
  // Some template of the topic asks for the key.
  bool wants_key(std::string_view topic) const noexcept;
};

// The declaration of `kafka:` of a source.
const config::options<kafka_source_options>& kafka_source_table();

} // namespace sluice
