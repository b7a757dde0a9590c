// A stretch of time and its statistics: what windows of keyed pipelines are put together of. Of a session, a
// count window or a running total it is the whole.
#pragma once

#include <algorithm>
#include <cstdint>

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
