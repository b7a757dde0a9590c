#include "actors/window/pane_sums.hpp"

#include <algorithm>

namespace sluice {

namespace {

constexpr std::ptrdiff_t ahead = 8; // so many panes before its turn one begins to load

} // namespace

pane_sums::pane_sums(aggregates& stats, std::int64_t panes)
    : stats_(stats), panes_(panes), ends_from_(panes), ends_(static_cast<std::size_t>(panes) * stats.words()),
      begin_(stats.words()) {}

pane_sums::~pane_sums() {
  clear();
}

void pane_sums::clear() noexcept {
  for (; ends_from_ < panes_; ++ends_from_) stats_.release(end_at(ends_from_));
  if (begin_to_ > 0) stats_.release(begin_.data());
  begin_to_ = 0;
}

void pane_sums::changed(std::int64_t index) noexcept {
  const auto block = floor_to(index, panes_) / panes_, at = index - block * panes_;
  if (block == block_)
    for (; ends_from_ <= at; ++ends_from_) stats_.release(end_at(ends_from_));
  if (block == block_ + 1 && at < begin_to_) {
    stats_.release(begin_.data());
    begin_to_ = 0;
  }
}

const std::uint64_t* pane_sums::window(std::int64_t first, std::span<const pane_ref> panes,
                                       std::vector<std::uint64_t>& into) {
  const auto block = floor_to(first, panes_) / panes_, at = first - block * panes_;
  if (block != block_) {
    clear();
    block_ = block;
  }
  if (ends_from_ > at) {
    auto next = first_from(panes, block * panes_ + ends_from_); // the first pane that is in the ends already
    while (ends_from_ > at) {
      const auto i = ends_from_ - 1;
      auto* words = end_at(i);
      if (next - panes.begin() > ahead) prefetch((next - 1 - ahead)->what, 2);
      if (next != panes.begin() && (next - 1)->index == block * panes_ + i) {
        --next;
        if (next->what->events > 0) begin_with(words, next->what->words());
      }
      if (ends_from_ < panes_) stats_.merge(words, end_at(ends_from_));
      ends_from_ = i;
    }
  }
  if (begin_to_ > at) { // an older window than the last one
    stats_.release(begin_.data());
    begin_to_ = 0;
  }
  if (begin_to_ < at) {
    const auto base = (block + 1) * panes_;
    for (auto p = first_from(panes, base + begin_to_); p != panes.end() && p->index < base + at; ++p)
      if (p->what->events > 0) stats_.merge(begin_.data(), p->what->words());
    begin_to_ = at;
  }
  stats_.release(into.data());
  begin_with(into.data(), end_at(at));
  if (at > 0) stats_.merge(into.data(), begin_.data());
  return into.data();
}

} // namespace sluice
