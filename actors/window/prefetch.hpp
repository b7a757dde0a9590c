// Begins to load memory that will be read soon, so that the waits for several places overlap.
#pragma once

namespace sluice {

// So many cache lines from there on; where that is does not matter.
inline void prefetch(const void* from, int lines) noexcept {
  for (int i = 0; i < lines; ++i) __builtin_prefetch(static_cast<const char*>(from) + 64 * i);
}

} // namespace sluice
