// Windows of many panes put together with about three merges each, however many panes they have (van Herk
// 1992, Gil and Werman 1993): panes are cut into blocks as long as a window, so that a window is the end of
// one block and the beginning of the next. Which panes are merged in which order depends on their numbers
// only: the same panes give the same bytes, whatever was kept or thrown away meanwhile.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "actors/window/aggregate.hpp"
#include "actors/window/pane.hpp"
#include "actors/window/prefetch.hpp"
#include "actors/window/window_grid.hpp"

namespace sluice {

// Of one key. Not thread safe.
class pane_sums {
public:
  // Windows of `panes` panes.
  pane_sums(aggregates& stats, std::int64_t panes);
  ~pane_sums();
  pane_sums(const pane_sums&) = delete;
  pane_sums& operator=(const pane_sums&) = delete;

  // Returns the words of the window that begins at pane `first`; `panes` is ascending by index and holds all
  // of its panes that have events. They lie in `into`, whatever it held before is released.
  const std::uint64_t* window(std::int64_t first, std::span<const pane_ref> panes,
                              std::vector<std::uint64_t>& into);
  // Begins to load what window(first, ..) will read.
  void prefetch_window(std::int64_t first) const noexcept {
    const auto at = static_cast<std::size_t>(first - floor_to(first, panes_));
    prefetch(ends_.data() + at * stats_.words(), 2), prefetch(begin_.data(), 2);
  }
  // A pane has changed or goes.
  void changed(std::int64_t index) noexcept;
  void clear() noexcept;

private:
  std::uint64_t* end_at(std::int64_t i) noexcept {
    return ends_.data() + static_cast<std::size_t>(i) * stats_.words();
  }

  // Merged into zero words, a window is copied: that is quicker where nothing lies on the heap.
  void begin_with(std::uint64_t* into, const std::uint64_t* from) {
    if (stats_.uses_heap())
      stats_.merge(into, from);
    else
      std::copy_n(from, stats_.words(), into);
  }

  aggregates& stats_;
  std::int64_t panes_;
  std::int64_t block_ = 0;          // whose ends are kept
  std::int64_t ends_from_;          // those from here on; panes_ = none
  std::int64_t begin_to_ = 0;       // panes of the next block that are in begin_
  std::vector<std::uint64_t> ends_; // panes_ times the words
  std::vector<std::uint64_t> begin_;
};

} // namespace sluice
