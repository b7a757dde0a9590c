// The records of a consumer's partitions in a queue of their own, apart from everything else that a poll
// answers: so they come many at once, and no rebalance comes in the middle of them. (The batch calls on the
// consumer's own queue skip offsets in librdkafka 2.0.2.)
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "actors/client/kafka_link.hpp"
#include "actors/client/kafka_message.hpp"

namespace sluice {

struct kafka_list_deleter {
  void operator()(rd_kafka_topic_partition_list_t* list) const noexcept {
    rd_kafka_topic_partition_list_destroy(list);
  }
};
using kafka_list = std::unique_ptr<rd_kafka_topic_partition_list_t, kafka_list_deleter>;

// Not thread safe.
class kafka_fetch {
public:
  explicit kafka_fetch(rd_kafka_t* handle); // outlives the object
  ~kafka_fetch();
  kafka_fetch(const kafka_fetch&) = delete;
  kafka_fetch& operator=(const kafka_fetch&) = delete;

  // From now on the records of these partitions come here; right before each assignment.
  void take(const rd_kafka_topic_partition_list_t& assigned);
  bool any() const noexcept { return partitions_->cnt != 0; }

  // The next records, at most `most`, good until the next call or drop(); waits for the first up to `wait`.
  // What is no record (an error of a partition) goes to `other`.
  std::span<const kafka_message> next(std::chrono::milliseconds wait, std::size_t most,
                                      const std::function<void(const rd_kafka_message_t&)>& other);
  // Gives the records of the last next() back.
  void drop() noexcept;

private:
  void keep_filling();
  void view(const rd_kafka_message_t& m, kafka_message& out);

  rd_kafka_t* handle_;
  rd_kafka_queue_t* queue_;
  kafka_list partitions_;
  std::vector<rd_kafka_message_t*> held_;
  std::size_t used_ = 0; // of held_
  std::vector<kafka_message> views_;
  std::size_t highest_ = 0; // records that waited in the queue, since it was last seen half empty
  const rd_kafka_topic_t* named_ = nullptr;
  std::string_view name_; // of named_
};

} // namespace sluice
