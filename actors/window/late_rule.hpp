// The late-data rule (semantics.md section 2, step 5): what a window still takes, judged before the watermark
// moves.
#pragma once

#include <algorithm>
#include <cstdint>

#include "actors/window/watermark.hpp"

namespace sluice {

// How far a device is: its watermark, and the highest end of a window that idleness (or END) has closed.
struct progress {
  std::int64_t watermark = no_time;
  std::int64_t idle_closed = no_time;
  std::int64_t closed_to() const noexcept { return std::max(watermark, idle_closed); }
};

enum class window_state : std::uint8_t {
  open,   // not emitted yet
  closed, // emitted, or would have been; an event marks it for revision
  gone,   // takes nothing any more: the event is late
};

// Returns true iff a window with this end is gone: end + allowed_lateness <= watermark, or no lateness is
// allowed and end <= closed_to.
inline bool is_gone(std::int64_t end, const progress& p, std::int64_t allowed_lateness) noexcept {
  if (allowed_lateness == 0) return end <= p.closed_to();
  return add_ms(end, allowed_lateness) <= p.watermark;
}

inline window_state judge_window(std::int64_t end, const progress& p,
                                 std::int64_t allowed_lateness) noexcept {
  if (is_gone(end, p, allowed_lateness)) return window_state::gone;
  return end <= p.closed_to() ? window_state::closed : window_state::open;
}

} // namespace sluice
