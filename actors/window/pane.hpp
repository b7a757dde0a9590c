// A stretch of time and its statistics: what windows of keyed pipelines are put together of. Of a session, a
// count window or a running total it is the whole.
#pragma once

#include <cstdint>

namespace sluice {

// Lives in a record_arena, followed in memory by the words of its aggregates. All members are trivial.
struct pane {
  std::int64_t index;      // in the window's grid
  std::int64_t start, end; // of a session: first event, last event + gap
  std::uint64_t events;
  std::uint32_t revision;  // of the next emission of the window that begins here; 0 = never emitted
  std::uint32_t place;     // of this record in its arena
  std::uint16_t in_flight; // checkpoint parts that hold it and are not committed yet
  bool dirty;              // its row in the store, if it has one, is not like it

  std::uint64_t* words() noexcept { return reinterpret_cast<std::uint64_t*>(this + 1); }
  const std::uint64_t* words() const noexcept { return reinterpret_cast<const std::uint64_t*>(this + 1); }
};
static_assert(sizeof(pane) == 48);

} // namespace sluice
