#include "actors/window/window_length.hpp"

#include <charconv>

#include "config/units.hpp"

namespace sluice {

namespace {

constexpr std::int64_t most_units = 100000;

const char* suffix(length_unit unit) noexcept {
  return unit == length_unit::week ? "w" : unit == length_unit::month ? "mo" : "y";
}

} // namespace

std::optional<window_length> parse_window_length(std::string_view text) {
  for (const auto unit : {length_unit::week, length_unit::month, length_unit::year}) {
    const std::string_view end = suffix(unit);
    if (!text.ends_with(end)) continue;
    const auto digits = text.substr(0, text.size() - end.size());
    std::int64_t amount = 0;
    const auto [at, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), amount);
    if (digits.empty() || failed != std::errc() || at != digits.data() + digits.size() || amount < 0 ||
        amount > most_units)
      return {};
    return window_length(amount, unit);
  }
  const auto duration = config::parse_duration(text);
  return duration ? std::optional<window_length>(*duration) : std::nullopt;
}

std::string format_window_length(const window_length& value) {
  if (value.unit() == length_unit::ms)
    return config::format_duration(std::chrono::milliseconds(value.amount()));
  return std::to_string(value.amount()) + suffix(value.unit());
}

} // namespace sluice
