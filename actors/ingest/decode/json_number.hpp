// One JSON number (RFC 8259, 6), read exactly: an integer stays an integer as long as it fits 64 bits,
// everything else is the nearest double. The same reader serves every path of the decoder, so that no two
// paths can disagree.
#pragma once

#include <cstdint>

#include "messages/value.hpp"

namespace sluice {

// As read_number, which calls it for what is not short.
const char* read_any_number(const char* p, const char* end, value_type& type, slot& value) noexcept;

// Reads the number that begins at `p` and returns the byte after it; nullptr iff there is no number by the
// grammar.
//   value_type::integer  no fraction, no exponent, fits int64 ("-0" is the integer 0)
//   value_type::number   all others, correctly rounded: 2^63 and above become doubles, 1e-999 becomes 0
//   value_type::missing  the number is a number, but beyond the range of a double (1e999)
// What follows the number is the caller's to judge: "01" is read as 0 and stops at the 1.
inline const char* read_number(const char* p, const char* end, value_type& type, slot& value) noexcept {
  // The short way: at most 15 digits and no exponent. Mantissa and power of ten are exact doubles then, so
  // that one division rounds correctly (Clinger 1990).
  constexpr std::int64_t most_digits = 15;
  constexpr double powers_of_ten[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                      1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
  std::uint64_t mantissa = 0;
  const auto take_digits = [&](const char* at) {
    for (; at != end && static_cast<unsigned char>(*at - '0') <= 9; ++at)
      mantissa = mantissa * 10 + static_cast<std::uint64_t>(*at - '0');
    return at;
  };
  const bool negative = p != end && *p == '-';
  const char* const digits = p + negative;
  const char* at = take_digits(digits);
  const auto count = at - digits;
  if (count == 0 || count > most_digits || (*digits == '0' && count > 1))
    return read_any_number(p, end, type, value);
  std::int64_t decimals = -1;
  if (at != end && *at == '.') {
    const char* const fraction = at + 1;
    at = take_digits(fraction);
    decimals = at - fraction;
    if (decimals == 0 || count + decimals > most_digits) return read_any_number(p, end, type, value);
  }
  if (at != end && (*at | 0x20) == 'e') return read_any_number(p, end, type, value);
  if (decimals < 0) {
    type = value_type::integer;
    value.bits = negative ? 0 - mantissa : mantissa;
  } else {
    const double v = static_cast<double>(static_cast<std::int64_t>(mantissa)) / powers_of_ten[decimals];
    type = value_type::number;
    value = slot::of(negative ? -v : v);
  }
  return at;
}

} // namespace sluice
