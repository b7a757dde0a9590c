// Numbers as ThingsBoard keeps them numbers: plain notation, no exponent, few decimals. It stores a number
// with more than 16 decimals silently as a text, and writes one-digit values with one decimal more than they
// have.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace sluice::thingsboard {

// Returns the text to send, or nullopt iff the value cannot be stored as a number: |x| >= 2^63, subnormal or
// not finite. The text reads back within 5e-16 absolute or 1e-15 relative. At most 15 decimals; 16 where 15
// would miss the former by the rounding of the reader (about one in 3 000 values between 0.0019 and 0.0040).
std::optional<std::string> number_text(double x);
std::optional<std::string> number_text(std::int64_t x);

} // namespace sluice::thingsboard
