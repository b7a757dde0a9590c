#include "actors/transform/json_text.hpp"

#include <charconv>
#include <cmath>

#include "config/short_escape.hpp"

namespace sluice {

namespace {

// Numbers of at most three decimals below 10 000, as most sensors send them. nullptr iff `v` is none. What is
// written has at most seven digits and reads back as `v`: no other text of so few digits does, so that it is
// the shortest, and none of them is shorter with an exponent.
char* put_short_decimal(char* to, double v) noexcept {
  const double size = std::abs(v);
  if (!(size < 1e4)) return nullptr;
  auto thousandths = static_cast<std::uint32_t>(size * 1000 + 0.5);
  if (static_cast<double>(thousandths) / 1000 != size) return nullptr;
  if (v < 0) *to++ = '-';
  to = std::to_chars(to, to + 5, thousandths / 1000).ptr;
  thousandths %= 1000;
  if (thousandths == 0) return to;
  *to++ = '.';
  for (std::uint32_t place = 100; thousandths != 0; thousandths %= place, place /= 10)
    *to++ = static_cast<char>('0' + thousandths / place);
  return to;
}

} // namespace

void append_text(text_buffer& out, std::string_view text) {
  static constexpr char digits[] = "0123456789abcdef";
  out += '"';
  // Nothing to escape is the usual case.
  std::size_t plain = 0;
  while (plain < text.size() && text[plain] != '"' && text[plain] != '\\' &&
         static_cast<unsigned char>(text[plain]) >= 0x20)
    ++plain;
  out += text.substr(0, plain);
  for (const char c : text.substr(plain)) {
    if (const auto escape = short_escape(c); !escape.empty()) {
      out += escape;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += "\\u00";
      out += digits[c >> 4 & 15];
      out += digits[c & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

void append_number(text_buffer& out, std::int64_t v) {
  char* to = out.room(24);
  out.wrote(std::to_chars(to, to + 24, v).ptr);
}

void append_number(text_buffer& out, double v) {
  if (v == 0) {
    out += '0';
    return;
  }
  char* to = out.room(32);
  if (const char* const end = put_short_decimal(to, v)) return out.wrote(end);
  out.wrote(std::to_chars(to, to + 32, v).ptr);
}

} // namespace sluice
