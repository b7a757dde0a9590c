// Exact comparison of an int64 with a double: 2^53 + 1 is not equal to 2^53.
#pragma once

#include <compare>
#include <cstdint>

#include "messages/value.hpp"

namespace sluice {

// Returns how `i` stands to the finite `d`, as real numbers.
inline std::strong_ordering compare_exactly(std::int64_t i, double d) noexcept {
  if (d >= 9223372036854775808.0) return std::strong_ordering::less;
  if (d < -9223372036854775808.0) return std::strong_ordering::greater;
  const auto whole = static_cast<std::int64_t>(d);
  if (i != whole) return i <=> whole;
  const double rest = d - static_cast<double>(whole);
  return rest > 0   ? std::strong_ordering::less
         : rest < 0 ? std::strong_ordering::greater
                    : std::strong_ordering::equal;
}

// Returns how two numbers (value_type integer or number, finite) stand to each other.
inline std::strong_ordering compare_numbers(value_type at, slot a, value_type bt, slot b) noexcept {
  if (at == value_type::integer) {
    if (bt == value_type::integer) return a.integer() <=> b.integer();
    return compare_exactly(a.integer(), b.number());
  }
  if (bt == value_type::integer) return 0 <=> compare_exactly(b.integer(), a.number());
  const double x = a.number(), y = b.number();
  return x < y   ? std::strong_ordering::less
         : x > y ? std::strong_ordering::greater
                 : std::strong_ordering::equal;
}

} // namespace sluice
