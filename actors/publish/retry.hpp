// How a sink slows down and speeds up again on a connection that lives. A connection that is gone is the
// supervisor's: the sink ends, and its successor sends again whatever lies above the cursor.
#pragma once

#include <chrono>
#include <cstddef>

namespace sluice {

// Pauses that double from `least` to `most` until a success resets them.
class growing_pause {
public:
  growing_pause(std::chrono::milliseconds least, std::chrono::milliseconds most)
      : least_(least), most_(most) {}
  // The length of the pause that begins now.
  std::chrono::milliseconds next() noexcept;
  void reset() noexcept { current_ = {}; }

private:
  std::chrono::milliseconds least_, most_, current_{};
};

// How many records go into one request: halved when the sink asks us to slow down (a request with more points
// than its limit can never pass), doubled again after 64 successes in a row.
class batch_limit {
public:
  explicit batch_limit(std::size_t most) : most_(most), now_(most) {}
  std::size_t value() const noexcept { return now_; }
  bool full() const noexcept { return now_ == most_; }
  void restore(std::size_t value) noexcept;
  void shrink() noexcept;
  void succeeded() noexcept;

private:
  std::size_t most_, now_, successes_ = 0;
};

} // namespace sluice
