// What to do when a child ends: a pure function of its history. Lost connections back off for ever and never
// count toward the restart intensity; bugs count, and too many of them in a period escalate (Erlang/OTP
// supervisor, intensity and period).
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>

#include "actors/supervise/backoff.hpp"
#include "messages/errors.hpp"

namespace sluice {

enum class restart_kind : std::uint8_t {
  permanent, // always started again
  transient, // started again unless it ended normally
  temporary, // never started again
};

struct restart_limits {
  unsigned intensity = 5;                  // so many bugs ..
  std::chrono::milliseconds period{30000}; // .. in so much time are borne
  backoff_options lost;
};

// What happened to one child so far. Times are milliseconds of any steady clock.
struct child_history {
  std::deque<std::int64_t> bugs_ms;
  std::int64_t started_ms = 0;
  unsigned lost_attempts = 0;
  std::uint64_t restarts = 0;
};

struct restart_decision {
  enum class action : std::uint8_t { restart, leave, escalate, die } what = action::restart;
  std::chrono::milliseconds after{0};
};

enum class end_class : std::uint8_t { normal, lost, bug, fatal };
end_class classify(ec reason) noexcept;

// Decides and updates `history`. `random` is uniform in [0, 1).
restart_decision decide(const restart_limits& limits, restart_kind kind, child_history& history, ec reason,
                        std::int64_t now_ms, double random);

} // namespace sluice
