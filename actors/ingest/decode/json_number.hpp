// One JSON number (RFC 8259, 6), read exactly: an integer stays an integer as long as it fits 64 bits,
// everything else is the nearest double. The same reader serves every path of the decoder, so that no two
// paths can disagree.
#pragma once

#include "messages/value.hpp"

namespace sluice {

// Reads the number that begins at `p` and returns the byte after it; nullptr iff there is no number by the
// grammar.
//   value_type::integer  no fraction, no exponent, fits int64 ("-0" is the integer 0)
//   value_type::number   all others, correctly rounded: 2^63 and above become doubles, 1e-999 becomes 0
//   value_type::missing  the number is a number, but beyond the range of a double (1e999)
// What follows the number is the caller's to judge: "01" is read as 0 and stops at the 1.
const char* read_number(const char* p, const char* end, value_type& type, slot& value) noexcept;

} // namespace sluice
