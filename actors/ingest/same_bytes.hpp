// Equality of short runs of bytes without a call: keys and topic levels are 2 to 16 bytes long.
#pragma once

#include <cstdint>
#include <cstring>

namespace sluice {

inline bool same_bytes(const char* a, const char* b, std::size_t n) noexcept {
  const auto equal = [&]<class Word>(Word, std::size_t at) {
    Word x, y;
    std::memcpy(&x, a + at, sizeof x);
    std::memcpy(&y, b + at, sizeof y);
    return x == y;
  };
  // Two words that overlap cover every length from one word to two.
  if (n > 16) return std::memcmp(a, b, n) == 0;
  if (n >= 8) return equal(std::uint64_t{}, 0) && equal(std::uint64_t{}, n - 8);
  if (n >= 4) return equal(std::uint32_t{}, 0) && equal(std::uint32_t{}, n - 4);
  if (n >= 2) return equal(std::uint16_t{}, 0) && equal(std::uint16_t{}, n - 2);
  return n == 0 || *a == *b;
}

} // namespace sluice
