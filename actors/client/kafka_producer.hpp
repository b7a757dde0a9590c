// A Kafka producer: idempotent, acknowledged by all replicas in sync, trying for ever. Records go in with a
// token, answers come out of poll(), in any order between partitions and in order within one.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/client/kafka_options.hpp"
#include "actors/client/kafka_record.hpp"
#include "messages/errors.hpp"

namespace sluice {

// Not thread safe.
class kafka_producer {
public:
  // `settings`: ours beside the connection's, e.g. {"linger.ms", "5"}. Errors: as make_kafka_conf.
  static outcome<std::unique_ptr<kafka_producer>> make(const kafka_connection_options& connection,
                                                       const kafka_settings& settings);
  // Gives up what has no answer yet.
  virtual ~kafka_producer() = default;

  // Copies the record. False: the library's queue is full, poll first.
  virtual bool produce(const kafka_record& record, std::uint64_t token) = 0;
  // Adds the answers there are; waits for the first up to `wait`.
  virtual void poll(std::chrono::milliseconds wait, std::vector<kafka_answer>& into) = 0;
  // True iff a broker answers within `wait`.
  virtual bool reachable(std::chrono::milliseconds wait) = 0;

  // With the setting transactional.id. join(), once, shuts out an older producer of that id and ends what it
  // had begun. The records of a transaction and its mark become visible together at commit(); whether one
  // that ends neither done nor again is committed is not known. Each waits for about `wait`; where a broker
  // stands still without closing its connection up to socket.timeout.ms (10 s).
  virtual kafka_stepped join(std::chrono::milliseconds wait) = 0;
  virtual kafka_stepped begin() = 0;
  virtual kafka_stepped mark(const kafka_mark_place& place, const kafka_mark& mark,
                             std::chrono::milliseconds wait) = 0;
  virtual kafka_stepped commit(std::chrono::milliseconds wait) = 0;
  // What has no answer yet is thrown away; the answers that come meanwhile are the next poll's.
  virtual kafka_stepped abort(std::chrono::milliseconds wait) = 0;

  // Set when it is of no use any more (another producer took its place, an answer that breaks the sequence):
  // make a new one.
  virtual const std::optional<error>& fatal() const noexcept = 0;
  // fatal() because another producer has joined under our transactional.id. A transaction that the cluster
  // gave up for its age ends in the same error, but says false.
  virtual bool fenced() const noexcept = 0;
  // What keeps the brokers away, "" = nothing known.
  virtual std::string trouble() const = 0;
  virtual bool all_down() const noexcept = 0;
};

} // namespace sluice
