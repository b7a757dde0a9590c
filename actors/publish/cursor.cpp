#include "actors/publish/cursor.hpp"

#include <algorithm>

namespace sluice {

cursor::cursor(const sink_cursor& from) : acked_(from.acked), handed_(from.acked) {
  for (auto sequence : from.above)
    if (sequence > acked_) above_.insert(sequence);
}

bool cursor::hand(std::uint64_t sequence) {
  if (sequence <= handed_) return false;
  handed_ = sequence;
  if (above_.contains(sequence)) {
    advance();
    return false;
  }
  outstanding_.insert(sequence);
  advance();
  return true;
}

bool cursor::done(std::uint64_t sequence) {
  if (outstanding_.erase(sequence) == 0) return false;
  above_.insert(sequence);
  advance();
  return true;
}

// Below the first outstanding record everything of ours is done: what lies between belongs to others.
void cursor::advance() {
  acked_ = std::max(acked_, outstanding_.empty() ? handed_ : *outstanding_.begin() - 1);
  above_.erase(above_.begin(), above_.upper_bound(acked_));
}

sink_cursor cursor::value() const {
  return {acked_, {above_.begin(), above_.end()}, {}};
}

} // namespace sluice
