#include "actors/publish/thingsboard/numbers.hpp"

#include <charconv>
#include <cmath>
#include <limits>
#include <string_view>

namespace sluice::thingsboard {

namespace {

// A little below 5e-16, so that it also holds when judged in decimals.
constexpr double absolute_error = 4.9999999999999e-16, relative_error = 9.999999999999e-16;
constexpr std::size_t most_decimals = 15;

std::size_t decimals(std::string_view text) {
  auto point = text.find('.');
  return point == text.npos ? 0 : text.size() - point - 1;
}

// "1.500" -> "1.5", "-0.000" -> "0.0". A double below 1e7 keeps a decimal, so that the type of a series does
// not flip.
std::string tidy(std::string_view text, double x) {
  if (text.find('.') != text.npos) {
    text = text.substr(0, text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.remove_suffix(1);
  }
  if (text == "-0" || text == "0") return "0.0";
  std::string out(text);
  if (text.find('.') == text.npos && std::abs(x) < 1e7) out += ".0";
  return out;
}

std::string rounded(double x, int places) {
  char buffer[64]; // 19 digits before the point at most
  auto end = std::to_chars(buffer, buffer + sizeof buffer, x, std::chars_format::fixed, places).ptr;
  return tidy({buffer, end}, x);
}

double read_back(const std::string& text) {
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

bool close_enough(double x, const std::string& text) {
  auto error = std::abs(read_back(text) - x);
  return error <= absolute_error || error <= relative_error * std::abs(x);
}

std::size_t significant_digits(std::string_view text) {
  std::size_t count = 0;
  for (char c : text)
    if (c >= '1' && c <= '9')
      ++count;
    else if (c == '0' && count > 0)
      ++count;
  return count;
}

} // namespace

std::optional<std::string> number_text(double x) {
  if (!std::isfinite(x) || std::abs(x) >= 0x1p63 || std::fpclassify(x) == FP_SUBNORMAL) return std::nullopt;
  if (std::abs(x) <= absolute_error) return "0.0"; // the nearest number of 15 decimals
  char buffer[64];
  auto shortest = std::to_chars(buffer, buffer + sizeof buffer, x, std::chars_format::fixed);
  if (shortest.ec == std::errc{} && decimals({buffer, shortest.ptr}) <= most_decimals)
    return tidy({buffer, shortest.ptr}, x);
  auto nearest = rounded(x, most_decimals);
  if (close_enough(x, nearest)) return nearest;
  // x lies in the middle between two texts, and the reader's own rounding makes one of them miss.
  auto other = rounded(read_back(nearest) < x ? x + 5e-16 : x - 5e-16, most_decimals);
  if (close_enough(x, other)) return other;
  auto longer = rounded(x, most_decimals + 1);
  return significant_digits(longer) >= 2 ? longer : nearest;
}

std::optional<std::string> number_text(std::int64_t x) {
  if (x == std::numeric_limits<std::int64_t>::min()) return std::nullopt; // |x| = 2^63
  return std::to_string(x);
}

} // namespace sluice::thingsboard
