// How full the disk may get: pure rules over (bytes used, bytes free, quota), with hysteresis.
#pragma once

#include <cstdint>

namespace sluice {

enum class quota_level : std::uint8_t {
  ok,
  degraded,   // from 85 %: health says so
  disconnect, // from 95 %: sources leave; what still arrives goes into the reserve above
};

const char* to_string(quota_level level) noexcept;

struct disk_use {
  std::uint64_t used = 0;                 // journal + outbox + dead letters + state
  std::uint64_t free = ~std::uint64_t{0}; // what the file system still has for us
};

// What may be filled: the quota, or less when the file system has less.
std::uint64_t capacity(const disk_use& use, std::uint64_t quota) noexcept;
// The reserve: what lies between the disconnection of the sources and the capacity. In it land the messages
// that were on their way, the last checkpoints, and compaction.
std::uint64_t reserve_bytes(std::uint64_t capacity) noexcept;
// The level that follows `current`. degraded ends below 80 %, disconnect below 90 %, so that a service near a
// limit does not come and go. A service that starts has `current` = ok: its sources open below 95 %.
quota_level next_level(quota_level current, const disk_use& use, std::uint64_t quota) noexcept;

} // namespace sluice
