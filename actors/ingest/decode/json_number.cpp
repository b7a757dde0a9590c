#include "actors/ingest/decode/json_number.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <limits>
#include <system_error>

namespace sluice {

namespace {

constexpr double powers_of_ten[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
constexpr std::uint64_t exact_integers = 1ull << 53; // doubles hold every integer up to here

inline bool is_digit(char c) noexcept {
  return static_cast<unsigned char>(c - '0') <= 9;
}

// Eight digits at once, little endian (Langdale and Lemire 2019).
inline bool eight_digits(const char* p, std::uint64_t& bytes) noexcept {
  std::memcpy(&bytes, p, sizeof bytes);
  return (((bytes & 0xf0f0f0f0f0f0f0f0) | (((bytes + 0x0606060606060606) & 0xf0f0f0f0f0f0f0f0) >> 4)) ==
          0x3333333333333333);
}
inline std::uint64_t eight_digits_value(std::uint64_t bytes) noexcept {
  bytes = (bytes & 0x0f0f0f0f0f0f0f0f) * 2561 >> 8;
  bytes = (bytes & 0x00ff00ff00ff00ff) * 6553601 >> 16;
  return (bytes & 0x0000ffff0000ffff) * 42949672960001 >> 32;
}

// Where the first digit that is not 0 stands: 1 for the one before the point. 0 iff all are 0.
std::int64_t magnitude(const char* p, const char* digits_end) noexcept {
  std::int64_t integer_digits = 0, zeros = 0;
  bool point = false, significant = false;
  for (; p != digits_end; ++p) {
    if (*p == '.') {
      point = true;
    } else if (is_digit(*p)) {
      if (*p != '0' && !significant) {
        significant = true;
        if (point) return -zeros;
      }
      if (significant && !point) ++integer_digits;
      if (!significant && point) ++zeros;
    }
  }
  return significant ? integer_digits : 0;
}

// The long way: more digits or larger exponents than the exact short way can do.
void read_slowly(const char* begin, const char* digits_end, const char* end, std::int64_t exponent,
                 value_type& type, slot& value) noexcept {
  double v = 0;
  const auto [stop, code] = std::from_chars(begin, end, v);
  if (code == std::errc::result_out_of_range) {
    // Too large is refused, too small is 0: the nearest double.
    if (magnitude(begin, digits_end) + exponent > 0) {
      type = value_type::missing;
      value = slot{};
      return;
    }
    v = *begin == '-' ? -0.0 : 0.0;
  }
  type = value_type::number;
  value = slot::of(v);
}

} // namespace

const char* read_any_number(const char* p, const char* end, value_type& type, slot& value) noexcept {
  const char* const begin = p;
  const bool negative = p != end && *p == '-';
  if (negative) ++p;
  if (p == end || !is_digit(*p)) return nullptr;
  std::uint64_t mantissa = static_cast<std::uint64_t>(*p - '0');
  const char* const digits = p++;
  if (mantissa != 0) {
    if constexpr (std::endian::native == std::endian::little) {
      std::uint64_t bytes = 0;
      for (; end - p >= 8 && eight_digits(p, bytes); p += 8)
        mantissa = mantissa * 100'000'000 + eight_digits_value(bytes);
    }
    for (; p != end && is_digit(*p); ++p) mantissa = mantissa * 10 + static_cast<std::uint64_t>(*p - '0');
  }
  std::int64_t count = p - digits; // digits in `mantissa`, which is right up to 19 of them
  if (p == end || (*p != '.' && *p != 'e' && *p != 'E')) {
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (count <= 19 && mantissa <= most + (negative ? 1 : 0)) {
      type = value_type::integer;
      value.bits = negative ? 0 - mantissa : mantissa;
      return p;
    }
    read_slowly(begin, p, p, 0, type, value);
    return p;
  }
  std::int64_t exponent = 0;
  if (*p == '.') {
    const char* const fraction = ++p;
    for (; p != end && is_digit(*p); ++p) mantissa = mantissa * 10 + static_cast<std::uint64_t>(*p - '0');
    if (p == fraction) return nullptr;
    exponent = fraction - p;
    count += p - fraction;
  }
  const char* const digits_end = p;
  std::int64_t written = 0;
  if (p != end && (*p == 'e' || *p == 'E')) {
    ++p;
    const bool minus = p != end && *p == '-';
    if (p != end && (*p == '-' || *p == '+')) ++p;
    if (p == end || !is_digit(*p)) return nullptr;
    for (; p != end && is_digit(*p); ++p)
      written = std::min<std::int64_t>(written * 10 + (*p - '0'), 1'000'000'000'000);
    if (minus) written = -written;
    exponent += written;
  }
  // Clinger 1990: both sides are exact doubles, so one multiplication or division rounds correctly.
  if (count <= 19 && mantissa <= exact_integers && exponent >= -22 && exponent <= 22) {
    double v = static_cast<double>(mantissa);
    v = exponent < 0 ? v / powers_of_ten[-exponent] : v * powers_of_ten[exponent];
    type = value_type::number;
    value = slot::of(negative ? -v : v);
    return p;
  }
  read_slowly(begin, digits_end, p, written, type, value);
  return p;
}

} // namespace sluice
