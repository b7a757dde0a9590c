// When a transaction of the Kafka sink begins, what is in it and how it ends, without a client and without a
// clock: answers and what came of a step go in, the next step comes out. It is around a record_publisher,
// whose records in flight are those of the transaction.
//
//   idle --begin--> open --(records; all delivered)--> marked --mark--> asked --commit--> idle
//                     `------(one is not, or a step failed)--> lost --abort--> spent
//
// Whether a commit that ends in an error is one is not known, so it ends the producer: the next one asks the
// cluster for our mark. An abort ends it too: librdkafka 2.0.2 loses count of the sequence of what was
// refused and fails the transactions behind it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "actors/client/kafka_record.hpp"
#include "actors/publish/kafka/record_publisher.hpp"
#include "messages/errors.hpp"

namespace sluice {

// One per producer. Not thread safe. `logic` outlives it.
class transaction {
public:
  explicit transaction(record_publisher& logic) : logic_(logic) {}

  enum class step : std::uint8_t { none, begin, mark, commit, abort };
  // What to do now; none: wait for answers or records. After each other, call came. Before `mark`, what
  // logic's take_progress gives must be stored; `abort` is tried once.
  step next();
  void came(const kafka_stepped& of);

  // True iff records may be handed to the client.
  bool takes() const noexcept { return at_ == place::open && logic_.unacknowledged() == 0; }
  // True iff a new producer is wanted, at once and with the same records; renew: here it is.
  bool spent() const noexcept { return at_ == place::spent && !restart_; }
  void renew() noexcept { at_ = place::idle; }
  // True iff the cluster may wait for an end of it.
  bool unfinished() const noexcept { return logic_.unacknowledged() != 0; }
  // In any order; those of one poll.
  void answered(const std::vector<kafka_answer>& answers);
  // Of the transaction; until it is committed.
  const kafka_mark& mark() const noexcept { return mark_; }

  // Set when no producer is of use now: end with this error.
  const std::optional<error>& wants_restart() const noexcept { return restart_; }
  std::uint64_t committed() const noexcept { return committed_; }
  std::uint64_t aborted() const noexcept { return aborted_; }
  // Why it cannot go on now; empty: it can.
  const std::string& trouble() const noexcept { return trouble_; }

private:
  enum class place : std::uint8_t { idle, open, marked, asked, lost, spent };

  record_publisher& logic_;
  place at_ = place::idle;
  kafka_mark mark_;
  std::vector<kafka_answer> answers_;
  std::string reason_, trouble_; // of the abort; of the step that is not done yet
  unsigned agains_ = 0;
  std::optional<error> restart_;
  std::uint64_t committed_ = 0, aborted_ = 0;
};

} // namespace sluice
