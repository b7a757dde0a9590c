// The progress bar of the verbs that take a while.
#pragma once

#include <algorithm>
#include <string>

namespace sluice {

// "[#####     ]", 30 wide, for the share that is done; what is outside of 0 to 1 is cut.
inline std::string bar_text(double share) {
  const auto full = static_cast<std::size_t>(std::clamp(share, 0.0, 1.0) * 30);
  return "[" + std::string(full, '#') + std::string(30 - full, ' ') + "]";
}

} // namespace sluice
