#include "actors/store/quota.hpp"

#include <algorithm>

namespace sluice {

const char* to_string(quota_level level) noexcept {
  switch (level) {
  case quota_level::ok:
    return "ok";
  case quota_level::degraded:
    return "degraded";
  case quota_level::disconnect:
    return "disconnect";
  }
  return "unknown";
}

std::uint64_t capacity(const disk_use& use, std::uint64_t quota) noexcept {
  const auto there = use.free > ~std::uint64_t{0} - use.used ? ~std::uint64_t{0} : use.used + use.free;
  return std::min(quota, there);
}

std::uint64_t reserve_bytes(std::uint64_t capacity) noexcept {
  return capacity - capacity / 100 * 95;
}

quota_level next_level(quota_level current, const disk_use& use, std::uint64_t quota) noexcept {
  const double all = static_cast<double>(capacity(use, quota));
  const double percent = all > 0 ? 100.0 * static_cast<double>(use.used) / all : 100.0;
  if (percent >= 95) return quota_level::disconnect;
  if (current == quota_level::disconnect && percent >= 90) return quota_level::disconnect;
  if (percent >= 85) return quota_level::degraded;
  if (current != quota_level::ok && percent >= 80) return quota_level::degraded;
  return quota_level::ok;
}

} // namespace sluice
