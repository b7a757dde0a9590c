// The back-off formula: full jitter, rand(0, min(cap, base * 2^attempt)). "Exponential Backoff And Jitter",
// AWS 2015.
#pragma once

#include <chrono>
#include <cstdint>

namespace sluice {

struct backoff_options {
  std::chrono::milliseconds base{100};
  std::chrono::milliseconds cap{30000};
  std::chrono::milliseconds healthy{60000}; // a child that lived this long starts again at attempt 0
};

// The upper bound for `attempt` (from 0): min(cap, base * 2^attempt), without overflow.
std::chrono::milliseconds backoff_bound(const backoff_options& o, unsigned attempt) noexcept;

// The delay before `attempt`; `random` is uniform in [0, 1).
std::chrono::milliseconds backoff_delay(const backoff_options& o, unsigned attempt, double random) noexcept;

} // namespace sluice
