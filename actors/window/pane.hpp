// A stretch of time and its statistics: what windows of keyed pipelines are put together of. Of a session, a
// count window or a running total it is the whole.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "actors/window/prefetch.hpp"

namespace sluice {

// Lives in a record_arena, followed in memory by the words of its aggregates. All members are trivial.
struct pane {
  std::int64_t index;      // in the window's grid
  std::int64_t start, end; // of a session: first event, last event + gap
  std::uint64_t events;
  std::uint32_t revision;  // of the next emission of the window that begins here, once it was marked for one
  std::uint32_t place;     // of this record in its arena
  std::uint16_t in_flight; // checkpoint parts that hold it and are not committed yet
  bool dirty;              // its row in the store, if it has one, is not like it

  std::uint64_t* words() noexcept { return reinterpret_cast<std::uint64_t*>(this + 1); }
  const std::uint64_t* words() const noexcept { return reinterpret_cast<const std::uint64_t*>(this + 1); }
};
static_assert(sizeof(pane) == 48);

// A pane of a key, with its number beside it: looking for one of many touches no other.
struct pane_ref {
  std::int64_t index;
  pane* what;

  explicit pane_ref(pane* p) noexcept : index(p->index), what(p) {}
  pane* operator->() const noexcept { return what; }
};

// The panes of a key. A vector whose front goes cheaply: what is behind it moves up only now and then, three
// for each that went.
class pane_list {
public:
  using iterator = std::vector<pane_ref>::iterator;
  using const_iterator = std::vector<pane_ref>::const_iterator;

  iterator begin() noexcept { return refs_.begin() + gone_; }
  iterator end() noexcept { return refs_.end(); }
  const_iterator begin() const noexcept { return refs_.begin() + gone_; }
  const_iterator end() const noexcept { return refs_.end(); }
  std::size_t size() const noexcept { return refs_.size() - static_cast<std::size_t>(gone_); }
  bool empty() const noexcept { return size() == 0; }
  const pane_ref& operator[](std::size_t i) const noexcept { return begin()[static_cast<std::ptrdiff_t>(i)]; }
  const pane_ref& front() const noexcept { return *begin(); }
  const pane_ref& back() const noexcept { return refs_.back(); }

  // Begins to load its first and its last one.
  void prefetch_ends() const noexcept {
    if (!empty()) prefetch(&front(), 1), prefetch(&back(), 1);
  }
  // Makes room for `n` panes and those that went before them.
  void reserve(std::size_t n) { refs_.reserve(n + n / 3 + 1); }
  void insert(const_iterator at, pane* p) { refs_.insert(at, pane_ref(p)); }
  void push_back(pane* p) { refs_.emplace_back(p); }
  void pop_front() noexcept { erase(begin(), begin() + 1); }
  void erase(const_iterator from, const_iterator to) noexcept {
    if (from != begin()) return static_cast<void>(refs_.erase(from, to));
    gone_ += to - from;
    if (gone_ < (end() - begin()) / 3) return;
    refs_.erase(refs_.begin(), begin());
    gone_ = 0;
  }
  void clear() noexcept { refs_.clear(), gone_ = 0; }

private:
  std::vector<pane_ref> refs_;
  std::ptrdiff_t gone_ = 0; // of its front
};

// The first of `panes`, ascending by index, that is not below `index`. Mostly none is missing between two of
// them: then it is where it should be.
template <class Panes> auto first_from(Panes& panes, std::int64_t index) noexcept {
  const auto begin = panes.begin(), end = panes.end();
  if (begin == end || index <= begin->index) return begin;
  if (const auto place = index - begin->index; place <= end - begin) {
    const auto at = begin + place;
    if ((at - 1)->index < index && (at == end || at->index >= index)) return at;
  }
  return std::lower_bound(begin, end, index, [](const pane_ref& p, std::int64_t i) { return p.index < i; });
}

} // namespace sluice
