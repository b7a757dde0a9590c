// How far a source that reads at its own pace is ahead of the engine.
#pragma once

#include <cstdint>
#include <deque>
#include <utility>

namespace sluice {

// Records that are in the journal and may not be applied yet, by their bytes in memory.
class read_ahead {
public:
  static constexpr std::uint64_t most = 64u << 20; // bytes

  void appended(std::uint64_t last_sequence, std::uint64_t bytes) {
    waiting_.emplace_back(last_sequence, bytes);
    bytes_ += bytes;
  }
  // True iff enough of it waits for the engine, which has applied all up to that sequence.
  bool full(std::uint64_t applied) {
    while (!waiting_.empty() && waiting_.front().first <= applied) {
      bytes_ -= waiting_.front().second;
      waiting_.pop_front();
    }
    return bytes_ >= most;
  }

private:
  std::deque<std::pair<std::uint64_t, std::uint64_t>> waiting_;
  std::uint64_t bytes_ = 0;
};

} // namespace sluice
