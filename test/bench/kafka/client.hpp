// librdkafka as the programs of the Kafka benchmark use it: handles that close themselves, and reading a
// topic to its end.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include <librdkafka/rdkafka.h>

#include "test/bench/kafka/uc2.hpp"

namespace uc2 {

struct client_deleter {
  void operator()(rd_kafka_t* client) const noexcept { rd_kafka_destroy(client); }
};
using client = std::unique_ptr<rd_kafka_t, client_deleter>;

client make_client(rd_kafka_type_t kind, const std::string& brokers, const settings& more);

// Reads all partitions of a topic from their first to their last record as of now.
class topic_reader {
public:
  topic_reader(const std::string& brokers, const std::string& topic, const settings& more);
  ~topic_reader();
  topic_reader(const topic_reader&) = delete;
  topic_reader& operator=(const topic_reader&) = delete;

  std::int64_t left() const noexcept { return left_; } // records up to the end
  // The next records; they are gone with the next call.
  std::span<rd_kafka_message_t* const> next();

private:
  void drop() noexcept;
  client client_;
  rd_kafka_queue_t* queue_ = nullptr;
  std::vector<rd_kafka_message_t*> held_ = std::vector<rd_kafka_message_t*>(1024);
  std::size_t used_ = 0;
  std::int64_t left_ = 0;
};

} // namespace uc2
