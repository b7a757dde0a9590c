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
  std::string text;   // of what is not delivered
  bool alone = false; // refused before it was in a batch: no other record has to do with it
};

// What lies in the cluster beside the records of a transaction: how far the sender had come, and who it was.
struct kafka_mark {
  std::uint64_t sequence = 0;
  std::string note;
  bool operator==(const kafka_mark&) const = default;
};

// Where a mark lies: the offset of a group that nobody is in, for a partition of the topic.
struct kafka_mark_place {
  std::string group, topic;
};

// What became of a step of a transaction. again: nothing yet, the same step once more. failed: the
// transaction has to be aborted. broken: the producer is of no use any more.
enum class kafka_step : std::uint8_t { done, again, failed, broken };
struct kafka_stepped {
  kafka_step how = kafka_step::done;
  std::string text; // why it is not done; of an abort: why it was wanted, if that is known
};

} // namespace sluice
