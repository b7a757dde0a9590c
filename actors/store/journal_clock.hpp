// Journal time: wall time at start + monotonic time elapsed since, never below the persisted floor, never
// backward.
#pragma once

#include <atomic>
#include <cstdint>

namespace sluice {

// The two clocks of the machine; tests give their own. Thread safe.
class clock_source {
public:
  virtual ~clock_source() = default;
  virtual std::int64_t wall_ms() const noexcept = 0;   // ms since 1970 UTC
  virtual std::int64_t steady_ms() const noexcept = 0; // monotonic, arbitrary origin
};

// The machine's own clocks. The one place that reads them for the store. Its steady clock counts suspended
// time too.
const clock_source& system_clock_source() noexcept;

class journal_clock {
public:
  explicit journal_clock(const clock_source& source) noexcept;
  // Journal time is never below `floor_ms` (the last time found in the journal) and goes on from there.
  void set_floor(std::int64_t floor_ms) noexcept;
  // Thread safe, never backward.
  std::int64_t now_ms() noexcept;
  // False while wall clock and journal time disagree by more than five minutes.
  bool trusted() noexcept;

private:
  const clock_source& source_;
  std::atomic<std::int64_t> base_ms_; // journal time = base + steady
  std::atomic<std::int64_t> last_;
};

} // namespace sluice
