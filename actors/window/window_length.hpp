// How long a window is: so many milliseconds, or calendar weeks, months or years.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

enum class length_unit : std::uint8_t { ms, week, month, year };

// Made of a duration without further ado: most windows are that.
class window_length {
public:
  constexpr window_length() = default;
  template <class Rep, class Period>
  constexpr window_length(std::chrono::duration<Rep, Period> d) // NOLINT: implicit on purpose
      : amount_(std::chrono::duration_cast<std::chrono::milliseconds>(d).count()) {}
  constexpr window_length(std::int64_t amount, length_unit unit) : amount_(amount), unit_(unit) {}

  constexpr length_unit unit() const noexcept { return unit_; }
  // Of its unit.
  constexpr std::int64_t amount() const noexcept { return amount_; }
  // Milliseconds; of weeks, months and years the most it can be (168 h, 31 and 366 days).
  constexpr std::int64_t count() const noexcept {
    constexpr std::int64_t day = 86400000;
    return amount_ * (unit_ == length_unit::ms      ? 1
                      : unit_ == length_unit::week  ? 7 * day
                      : unit_ == length_unit::month ? 31 * day
                                                    : 366 * day);
  }
  constexpr bool whole_days() const noexcept { return unit_ != length_unit::ms || amount_ % 86400000 == 0; }
  bool operator==(const window_length&) const = default;

private:
  std::int64_t amount_ = 0;
  length_unit unit_ = length_unit::ms;
};

// "1m", "90s", "1d", "1w", "3mo", "1y": a duration, or a whole number of one calendar unit; nullopt: anything
// else.
std::optional<window_length> parse_window_length(std::string_view text);
// The shortest text that parse_window_length reads back.
std::string format_window_length(const window_length& value);

} // namespace sluice
