#include "actors/transform/csv_cells.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace sluice {

namespace {

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

} // namespace

std::optional<field_value> cell_number(std::string_view s) noexcept {
  auto digits = s.starts_with('-') ? s.substr(1) : s;
  if (digits.empty() || !is_digit(digits[0]) ||
      (digits.size() > 1 && digits[0] == '0' && is_digit(digits[1])))
    return std::nullopt;
  if (std::all_of(digits.begin(), digits.end(), is_digit)) {
    std::int64_t i = 0;
    if (std::from_chars(s.data(), s.data() + s.size(), i).ec == std::errc())
      return field_value{value_type::integer, slot::of(i), {}};
  }
  double d = 0;
  const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), d);
  if (error != std::errc() || end != s.data() + s.size() || !is_digit(s.back()) || !std::isfinite(d))
    return std::nullopt;
  return field_value{value_type::number, slot::of(d), {}};
}

std::optional<bool> cell_boolean(std::string_view s) noexcept {
  if (s == "true" || s == "True" || s == "TRUE") return true;
  if (s == "false" || s == "False" || s == "FALSE") return false;
  return std::nullopt;
}

value_type wider_type(value_type seen, std::string_view text) noexcept {
  if (text.empty()) return seen;
  auto type = value_type::text;
  if (const auto n = cell_number(text))
    type = n->type;
  else if (cell_boolean(text))
    type = value_type::boolean;
  if (seen == value_type::missing || seen == type) return type;
  return is_number(seen) && is_number(type) ? value_type::number : value_type::text;
}

} // namespace sluice
