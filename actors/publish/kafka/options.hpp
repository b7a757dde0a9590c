// Options of the Kafka sink.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "actors/client/kafka_options.hpp"
#include "actors/publish/kafka/name_template.hpp"

namespace sluice {

struct kafka_sink_options {
  kafka_connection_options connection;
  name_template topic;
  name_template key;   // empty: the device, or the key of the result as JSON
  bool has_key = true; // key: none
  enum class body { record, values, raw } payload = body::record;
  std::vector<std::pair<std::string, name_template>> headers; // of every record, beside our own
  unsigned in_flight = 10'000;                                // unanswered records at most
  std::size_t in_flight_bytes = 16u << 20;                    // and their payloads
  std::size_t max_record = 1'000'000;                         // bytes of one record at most
  std::chrono::milliseconds linger{5};
  std::string compression = "none";
  bool transactional = false;
};

// True iff Kafka takes it as a topic: 1 to 249 of A-Z a-z 0-9 . _ -, neither . nor ..
bool good_kafka_topic(std::string_view name) noexcept;

// The declaration of `kafka:` of a sink.
const config::options<kafka_sink_options>& kafka_sink_table();

} // namespace sluice
