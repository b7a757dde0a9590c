#include "actors/publish/retry.hpp"

#include <algorithm>

namespace sluice {

std::chrono::milliseconds growing_pause::next() noexcept {
  current_ = current_.count() == 0 ? least_ : std::min(most_, current_ * 2);
  return current_;
}

void batch_limit::restore(std::size_t value) noexcept {
  now_ = std::clamp<std::size_t>(value, 1, most_);
}

void batch_limit::shrink() noexcept {
  now_ = std::max<std::size_t>(1, now_ / 2);
  successes_ = 0;
}

void batch_limit::succeeded() noexcept {
  if (now_ == most_ || ++successes_ < 64) return;
  now_ = std::min(most_, now_ * 2);
  successes_ = 0;
}

} // namespace sluice
