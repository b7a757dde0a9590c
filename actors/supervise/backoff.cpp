#include "actors/supervise/backoff.hpp"

#include <algorithm>

namespace sluice {

std::chrono::milliseconds backoff_bound(const backoff_options& o, unsigned attempt) noexcept {
  std::chrono::milliseconds bound = o.base;
  for (unsigned i = 0; i < attempt && bound < o.cap; ++i) bound *= 2;
  return std::min(bound, o.cap);
}

std::chrono::milliseconds backoff_delay(const backoff_options& o, unsigned attempt, double random) noexcept {
  const auto bound = static_cast<double>(backoff_bound(o, attempt).count());
  return std::chrono::milliseconds(static_cast<std::int64_t>(std::clamp(random, 0.0, 1.0) * bound));
}

} // namespace sluice
