// A Kafka consumer in a group: the group says which partitions, the caller from where. It commits what it is
// told to and nothing else.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "actors/client/kafka_message.hpp"
#include "actors/client/kafka_options.hpp"
#include "actors/client/kafka_place.hpp"
#include "messages/errors.hpp"

namespace sluice {

struct kafka_consumer_calls {
  // Which of them to read, and from where. What is left out is not read until the next assignment.
  std::function<std::vector<kafka_place>(const std::vector<kafka_assigned>&)> assigned;
  // They are not ours any more when this returns; what it returns is committed before.
  std::function<std::vector<kafka_place>(const std::vector<kafka_place>&)> revoked;
};

// Not thread safe; the calls come out of poll() and the destructor.
class kafka_consumer {
public:
  // `settings`: ours beside the connection's: group.id, group.instance.id. Errors: as make_kafka_conf.
  static outcome<std::unique_ptr<kafka_consumer>> make(const kafka_connection_options& connection,
                                                       const kafka_settings& settings,
                                                       const std::vector<std::string>& topics,
                                                       kafka_consumer_calls calls);
  // Leaves within 5 s; a static member keeps its place in the group.
  virtual ~kafka_consumer() = default;

  // The next records, at most `most`; waits for the first up to `wait`.
  virtual std::span<const kafka_message> poll(std::chrono::milliseconds wait, std::size_t most) = 0;
  // Without waiting for the answer.
  virtual void commit(const std::vector<kafka_place>& places) = 0;
  // The offset behind the last record of a partition, as last heard; nullopt: nothing heard yet.
  virtual std::optional<std::int64_t> end_of(const std::string& topic, std::int32_t partition) = 0;
  // The end of a partition when all before it had been handed over, by the assignment that holds; nullopt:
  // not yet.
  virtual std::optional<std::int64_t> reached(const std::string& topic, std::int32_t partition) const = 0;
  // The offset of the first record of that time or later, the highest number where there is none; nullopt: no
  // answer within 5 s.
  virtual std::optional<std::int64_t> offset_at(const std::string& topic, std::int32_t partition,
                                                std::int64_t time_ms) = 0;
  // How many partitions a topic has; nullopt: no answer within 5 s.
  virtual std::optional<std::size_t> partitions_of(const std::string& topic) = 0;
  // True iff a broker answers within `wait`.
  virtual bool reachable(std::chrono::milliseconds wait) = 0;

  // Set when it is of no use any more: make a new one. `fenced`: another member took its place in the group.
  virtual const std::optional<error>& broken() const noexcept = 0;
  virtual bool fenced() const noexcept = 0;
  // What keeps brokers or topics away, "" = nothing known.
  virtual std::string trouble() const = 0;
  // True iff a connection has failed since a broker was reached: ask with reachable().
  virtual bool doubtful() const noexcept = 0;
};

} // namespace sluice
