// How long a model took for the batches of late.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

namespace sluice {

class batch_times {
public:
  using micros = std::chrono::duration<double, std::micro>;
  static constexpr std::uint64_t remembered = 1024; // batches

  void add(micros took) noexcept {
    if (count_ % (remembered / 2) == 0) older_ = std::exchange(slowest_, micros(0));
    ++count_;
    mean_ += (took - mean_) / static_cast<double>(std::min(count_, remembered));
    slowest_ = std::max(slowest_, took);
  }
  // Of all batches up to `remembered`; then each new one has that share of it.
  micros mean() const noexcept { return mean_; }
  // Of the last `remembered` / 2 to `remembered` batches: two halves, of which the older one goes when the
  // newer one is full.
  micros slowest() const noexcept { return std::max(older_, slowest_); }

private:
  std::uint64_t count_ = 0;
  micros mean_{0}, slowest_{0}, older_{0};
};

} // namespace sluice
