#include "actors/window/sequence_set.hpp"

#include <algorithm>

namespace sluice {

sequence_verdict sequence_set::judge(std::uint64_t number, std::int64_t time, bool arrival) const noexcept {
  if (count_ == 0) return number < forgotten_below_ ? sequence_verdict::too_old : sequence_verdict::fresh;
  const auto all = ranges();
  if (number > all.back().last) return sequence_verdict::fresh;
  if (!arrival && time > highest_time_) return sequence_verdict::restarted;
  // The first range that ends at or above the number.
  auto at = std::lower_bound(all.begin(), all.end(), number,
                             [](const range& r, std::uint64_t n) { return r.last < n; });
  if (at->first <= number) return sequence_verdict::duplicate;
  return number < forgotten_below_ ? sequence_verdict::too_old : sequence_verdict::fresh;
}

void sequence_set::reserve() {
  if (count_ < capacity_ || capacity_ == most_ranges) return;
  const auto capacity =
      static_cast<std::uint16_t>(std::min(capacity_ < 4 ? 4u : capacity_ * 2u, most_ranges));
  auto more = std::make_unique<range[]>(capacity);
  std::copy_n(data(), count_, more.get());
  many_ = std::move(more);
  capacity_ = capacity;
}

void sequence_set::insert(std::uint64_t number, std::int64_t time, bool restarted) noexcept {
  auto* all = data();
  if (restarted || count_ == 0) {
    all[0] = {number, number};
    count_ = 1;
    if (restarted) forgotten_below_ = 0;
    highest_time_ = time;
    return;
  }
  highest_time_ = std::max(highest_time_, time);
  auto& top = all[count_ - 1];
  if (number == top.last + 1) { // in order: the usual case
    top.last = number;
    return;
  }
  auto at =
      static_cast<unsigned>(std::lower_bound(all, all + count_, number,
                                             [](const range& r, std::uint64_t n) { return r.last < n; }) -
                            all);
  const bool joins_before = at > 0 && all[at - 1].last + 1 == number;
  const bool joins_after = at < count_ && all[at].first == number + 1;
  if (joins_before && joins_after) {
    all[at - 1].last = all[at].last;
    std::copy(all + at + 1, all + count_, all + at);
    --count_;
  } else if (joins_before) {
    all[at - 1].last = number;
  } else if (joins_after) {
    all[at].first = number;
  } else {
    if (count_ == most_ranges) {
      if (at == 0) { // it would be the lowest range itself
        forgotten_below_ = number + 1;
        return;
      }
      forgotten_below_ = all[0].last + 1;
      std::copy(all + 1, all + at, all);
      all[at - 1] = {number, number};
      return;
    }
    std::copy_backward(all + at, all + count_, all + count_ + 1);
    all[at] = {number, number};
    ++count_;
  }
}

bool sequence_set::restore(std::span<const range> ranges, std::uint64_t forgotten_below,
                           std::int64_t highest_time) {
  if (ranges.size() > most_ranges) return false;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    if (ranges[i].first > ranges[i].last) return false;
    if (i > 0 && (ranges[i - 1].last >= ranges[i].first || ranges[i].first - ranges[i - 1].last < 2))
      return false;
  }
  *this = sequence_set();
  if (ranges.size() > 1) {
    many_ = std::make_unique<range[]>(most_ranges);
    capacity_ = most_ranges;
  }
  std::copy(ranges.begin(), ranges.end(), data());
  count_ = static_cast<std::uint16_t>(ranges.size());
  forgotten_below_ = forgotten_below;
  highest_time_ = highest_time;
  return true;
}

} // namespace sluice
