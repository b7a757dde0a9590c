// The records a publisher holds: read from the outbox, not yet done with. Chooses what may go next; of one
// identity only the oldest revision may, so that two never travel together, and of the attributes of one
// alarm only the oldest transition: they have no time that would tell which is newer.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "actors/publish/thingsboard/payload.hpp"

namespace sluice::thingsboard {

struct held {
  outbox_record record;
  prepared ready;
  bool attributes_next = false; // else its telemetry

  const std::string& order() const noexcept { return ready.order.empty() ? record.identity : ready.order; }
};

class backlog {
public:
  // Sequences must ascend.
  void add(outbox_record record, prepared ready);
  bool holds(std::uint64_t sequence) const { return held_.contains(sequence); }
  const held& at(std::uint64_t sequence) const { return held_.at(sequence); }
  std::size_t size() const noexcept { return held_.size(); }
  std::size_t bytes() const noexcept { return bytes_; }

  // True iff it is here, not under way, and no older record of its order is left.
  bool may_go(std::uint64_t sequence) const;
  void under_way(const std::vector<std::uint64_t>& sequences);
  // Not under way any more; a sequence that is not held is ignored.
  void back(const std::vector<std::uint64_t>& sequences);
  // The record's attributes are accepted. True iff its telemetry is still to be sent: it waits again.
  bool goes_on(std::uint64_t sequence);
  // Done with. The record must be held.
  held remove(std::uint64_t sequence);

  // The next publish: the first record that may go and for which `first` holds, and up to most - 1 more of
  // its device that may go and for which `more` holds, as far as they fit. Empty when there is none.
  // Attributes go alone.
  using predicate = std::function<bool(std::uint64_t)>;
  std::vector<std::uint64_t> next(const thingsboard_options& options, std::size_t most,
                                  const predicate& first, const predicate& more) const;

private:
  void stop_waiting(std::uint64_t sequence);

  std::map<std::uint64_t, held> held_;
  std::set<std::uint64_t> waiting_;
  std::unordered_map<std::string, std::set<std::uint64_t>> waiting_of_; // the same by device
  std::unordered_map<std::string, std::deque<std::uint64_t>> orders_;
  std::size_t bytes_ = 0;
};

} // namespace sluice::thingsboard
