// The quota's level where every source can see it: set by the store actor, read by source actors. Thread
// safe.
#pragma once

#include <atomic>

#include "actors/store/quota.hpp"

namespace sluice {

class quota_gauge {
public:
  void set(quota_level level) noexcept { level_.store(level, std::memory_order_relaxed); }
  quota_level level() const noexcept { return level_.load(std::memory_order_relaxed); }
  bool sources_must_disconnect() const noexcept { return level() == quota_level::disconnect; }

private:
  std::atomic<quota_level> level_{quota_level::ok};
};

} // namespace sluice
