// What the Kafka sink decides, without a client and without a clock: outbox records and answers go in;
// records, the progress of the cursor and the wish to start anew come out. kafka_sink_actor is the shell
// around it.
//
// Delivery: at least once; "delivered" is the answer of all replicas in sync. The client never gives up and
// repeats without doubling; only what had no answer when a producer ended comes again, under its identity and
// revision. In transactions (transaction.hpp): once, delivered is committed. Order: outbox order into the
// client, which keeps it per partition. A record that is refused for its size is sent once more alone, since
// the refusal is of the batch it was in; refused alone it is a dead letter. A topic that is unknown or
// forbidden is the records' fault where the topic is made of their fields, else the sink waits. Memory: at
// most in_flight records and in_flight_bytes, and one read of the outbox.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "actors/client/kafka_record.hpp"
#include "actors/publish/deliveries.hpp"
#include "actors/publish/kafka/options.hpp"
#include "actors/publish/kafka/own_mark.hpp"
#include "messages/errors.hpp"
#include "messages/outbox_record.hpp"

namespace sluice {

// One per life of the sink actor. Not thread safe.
class record_publisher {
public:
  record_publisher(std::string sink, kafka_sink_options options, const sink_cursor& from);

  // What to read next; most = 0: nothing now.
  struct wish {
    std::uint64_t after = 0;
    std::size_t most = 0, most_bytes = 0;
  };
  wish wants() const;
  // The records of one read with wants().after, in order; also when it gave none.
  void offer(std::vector<outbox_record> records);

  // The next record and its token, null: none now. After each, call exactly one of sent and unsent.
  const kafka_record* next();
  std::uint64_t token() const noexcept { return chosen_->sequence; }
  void sent();
  void unsent(); // the client's queue is full
  // Unknown tokens are ignored.
  void answered(const kafka_answer& answer);

  // For transactions, which hold what is in flight. Takes up the mark in the cluster before the first record
  // is offered: what it says is committed is not sent. `fresh_id`: for marks of our own, where there are none
  // yet. Returns why results may come twice, empty: they do not.
  std::string resume(const std::optional<kafka_mark>& found, const std::string& fresh_id);
  std::uint64_t committed_to() const noexcept { return committed_to_; } // as resume found; 0: nothing new
  // The mark of what is in flight (something is), noted in the progress: everything up to it is done or in
  // flight.
  kafka_mark seal();
  void committed(); // all in flight is delivered
  // All of it goes again in its order: in smaller transactions where a record is to blame (one that was alone
  // is a dead letter), else, for `reason`, from a start anew.
  void aborted(const std::vector<kafka_answer>& answers, const std::string& reason);
  bool in_flight(std::uint64_t token) const noexcept { return flights_.contains(token); }

  // What to store with move_cursor, iff anything changed since the last call.
  std::optional<sink_progress> take_progress();
  // Set when this producer is of no use any more: end with this error. Nothing is sent then.
  const std::optional<error>& wants_restart() const noexcept { return restart_; }
  std::size_t unacknowledged() const noexcept { return flights_.size(); }
  std::size_t held_records() const noexcept { return waiting_.size() + alone_.size() + (chosen_ ? 1 : 0); }

private:
  void refused(const outbox_record& record, const kafka_answer& answer);
  void bury(const outbox_record& record, reason why, std::string where, std::string detail);

  const kafka_sink_options options_;
  deliveries deliveries_;
  std::deque<outbox_record> waiting_; // ascending by sequence
  std::deque<outbox_record> alone_;   // were in a refused batch: one at a time, before the others
  std::optional<outbox_record> chosen_;
  kafka_record made_;                              // of chosen_
  std::map<std::uint64_t, outbox_record> flights_; // by sequence
  std::size_t waiting_bytes_ = 0, flight_bytes_ = 0;
  own_mark mark_;
  std::uint64_t committed_to_ = 0; // as the mark in the cluster says
  std::size_t most_flights_;       // less than in_flight: to find the record to blame
  bool lonely_ = false;            // the one in flight was sent alone
  std::optional<error> restart_;
};

} // namespace sluice
