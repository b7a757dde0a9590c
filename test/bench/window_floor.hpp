// The floor of `scripts/bench window`: what one thread needs for the same windows when nothing can be late,
// be lost or be asked for.
#pragma once

#include <cstdint>
#include <functional>

#include "messages/batch.hpp"

struct floor_window {
  enum kinds { in_time, running, session, count } kind = in_time;
  std::int64_t pane_ms = 60000; // 0 = days of Europe/Berlin
  std::int64_t panes = 1;       // per window; one begins with each pane
  bool by_site = false;         // else by device
};

// Applies a batch; returns the number of results so far.
using window_floor = std::function<std::uint64_t(const sluice::event_batch&)>;
window_floor make_window_floor(const floor_window& w);
