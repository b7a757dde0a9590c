// What goes to Kafka, and what becomes of it: plain data, known without the client library.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

struct kafka_record {
  std::string topic;
  std::optional<std::string> key;
  std::string payload;
  std::vector<std::pair<std::string, std::string>> headers;
};

// delivered: by all replicas in sync. too_large, refused: this record, or the batch it was in. topic: the
// topic is unknown or forbidden. lost: nothing is known of it, and the producer is of no use any more.
enum class kafka_fate : std::uint8_t { delivered, too_large, refused, topic, lost };

struct kafka_answer {
  std::uint64_t token = 0;
  kafka_fate fate = kafka_fate::delivered;
  std::string text; // of what is not delivered
};

} // namespace sluice
