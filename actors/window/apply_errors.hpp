// When a device or key is quarantined: five apply errors within a minute of journal time (semantics.md
// section 2, step 8).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

namespace sluice {

struct apply_errors {
  static constexpr std::int64_t within_ms = 60000;

  std::array<std::int64_t, 5> at{}; // journal times of the last ones, oldest first
  std::uint32_t count = 0;

  // Adds one; true iff it is the fifth within a minute.
  bool add(std::int64_t time_ms) noexcept {
    if (count == at.size())
      std::copy(at.begin() + 1, at.end(), at.begin());
    else
      ++count;
    at[count - 1] = time_ms;
    return count == at.size() && at.back() - at.front() <= within_ms;
  }
};

} // namespace sluice
