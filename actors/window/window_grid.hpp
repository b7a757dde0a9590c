// Numbers the stretches of time that windows are made of (panes): of a fixed length aligned to 1970 UTC, or
// calendar days, weeks from Monday and months on the wall clock of a time zone. Beyond int64 it saturates.
#pragma once

#include <cstdint>

#include "config/time_zone.hpp"

namespace sluice {

// Pane i is [start(i), start(i + 1)). Not thread safe: it remembers the last answer.
class window_grid {
public:
  enum class unit : std::uint8_t { ms, day, week, month };

  // Panes of `length` > 0 ms; one begins at `offset`.
  static window_grid fixed(std::int64_t length, std::int64_t offset);
  // Panes of `length` > 0 days, weeks or months, beginning `offset` ms after local midnight. Days are counted
  // from 1970-01-01, weeks from 1970-01-05, months from the year 0 (so that 3 are quarters and 12 years). A
  // start that the wall clock skips is the instant of the change, one that it shows twice the earlier one.
  static window_grid calendar(unit u, std::int64_t length, std::int64_t offset, time_zone zone);

  // The pane that holds `t`.
  std::int64_t index(std::int64_t t) const;
  std::int64_t start(std::int64_t index) const;

private:
  std::int64_t guess(std::int64_t t) const;

  unit unit_ = unit::ms;
  std::int64_t length_ = 1, offset_ = 0;
  time_zone zone_;
  // The calendar pane that was asked for last.
  mutable std::int64_t at_ = 0, from_ = 0, to_ = 0;
};

// Rounded down and up to a multiple of `step` > 0.
inline std::int64_t floor_to(std::int64_t i, std::int64_t step) noexcept {
  const auto rest = i % step;
  return i - rest - (rest < 0 ? step : 0);
}
inline std::int64_t ceil_to(std::int64_t i, std::int64_t step) noexcept {
  return -floor_to(-i, step);
}

} // namespace sluice
