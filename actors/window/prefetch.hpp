// Begins to load memory that will be read soon, so that the waits for several places overlap.
#pragma once

#include <cstdint>

namespace sluice {

// So many cache lines from there on; where that is does not matter, null included.
inline void prefetch(const void* from, unsigned lines) noexcept {
  const auto at = reinterpret_cast<std::uintptr_t>(from);
  for (unsigned i = 0; i < lines; ++i) __builtin_prefetch(reinterpret_cast<const char*>(at + 64 * i));
}

} // namespace sluice
