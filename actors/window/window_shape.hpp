// What a window is made of: a grid of panes, how many of them, and how far its windows are apart.
#pragma once

#include <cstdint>

#include "actors/window/window_grid.hpp"
#include "actors/window/window_options.hpp"
#include "messages/errors.hpp"

namespace sluice {

// A window begins at each pane whose number is a multiple of `step` and holds `panes` of them.
struct window_shape {
  window_grid grid;
  std::int64_t panes = 1, step = 1;
};

// Most panes of a hopping window: what a key keeps in memory is bounded by it.
inline constexpr std::int64_t most_panes = 3600;

// The shape of tumbling and hopping windows, and the panes of running ones. Errors (ec::invalid): lengths
// that do not fit each other or the zone; the text says what, got and want as a report does.
outcome<window_shape> shape_of(const window_options& options);

// True iff the windows are of one fixed length, aligned to 1970 UTC, one after the other: the tuned way.
bool is_plain(const window_options& options);

} // namespace sluice
