// How far a sink is: the acknowledged prefix of the records it was handed, and the acknowledged ones above
// it. The records of other pipelines are absent, so the sequence numbers of a sink's own records have holes.
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "actors/store/store.hpp"
#include "messages/dead_letter.hpp"

namespace sluice {

// What one move_cursor call takes; everything in it counts from the progress taken before.
struct sink_progress {
  sink_cursor cursor;
  std::uint64_t delivered = 0;
  std::uint64_t value_range = 0;
  std::vector<dead_letter> dead; // id and received_ms are left 0: the caller knows the time
};

// Not thread safe. Memory grows with the records handed out and not done, and with those done above the first
// of them.
class cursor {
public:
  explicit cursor(const sink_cursor& from);

  // A record was read from the outbox. Sequences must ascend from call to call. False iff it is done already.
  bool hand(std::uint64_t sequence);
  // The sink needs this record no more (acknowledged or dead). False iff it was not outstanding.
  bool done(std::uint64_t sequence);

  // All sequences <= acked() are done, as far as they are this sink's.
  std::uint64_t acked() const noexcept { return acked_; }
  // The highest sequence handed, or acked() before the first: where to read on.
  std::uint64_t handed() const noexcept { return handed_; }
  std::size_t outstanding() const noexcept { return outstanding_.size(); }
  std::size_t done_above() const noexcept { return above_.size(); }
  // As stored; the mark is the caller's.
  sink_cursor value() const;

private:
  void advance();

  std::uint64_t acked_ = 0, handed_ = 0;
  std::set<std::uint64_t> outstanding_, above_;
};

} // namespace sluice
