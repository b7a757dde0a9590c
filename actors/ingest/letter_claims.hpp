// Dead letters that come through the journal again (`dlq replay`): which of them still are letters, so that
// each is taken once however often it was appended.
#pragma once

#include <cstdint>
#include <set>
#include <utility>

#include "actors/store/store.hpp"
#include "messages/checkpoint.hpp"

namespace sluice {

class letter_claims {
public:
  // The store that keeps the letters; null: every one is taken once.
  void ask(const store* state) noexcept { state_ = state; }

  // True iff the letter is one still: it is removed by the next part. False: it was taken or dropped before.
  bool claim(std::uint64_t id) {
    const bool known =
        !claimed_.contains(id) && !before_.contains(id) && (state_ == nullptr || state_->has_dead_letter(id));
    if (known) claimed_.insert(id);
    return known;
  }

  // Adds the claims since the last call.
  void add_to(reader_part& part) {
    part.replayed.assign(claimed_.begin(), claimed_.end());
    if (state_ == nullptr)
      before_.merge(claimed_); // nobody else knows
    else
      before_ = std::move(claimed_); // the parts before that one are committed
    claimed_.clear();
  }
  // True iff a part has something that waits for a checkpoint.
  bool any() const noexcept { return !claimed_.empty(); }

private:
  const store* state_ = nullptr;
  std::set<std::uint64_t> claimed_, before_; // since the last part, and those of that part
};

} // namespace sluice
