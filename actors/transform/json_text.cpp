#include "actors/transform/json_text.hpp"

#include <charconv>

namespace sluice {

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
    switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    default:
      if (static_cast<unsigned char>(c) < 0x20) {
        out += "\\u00";
        out += digits[c >> 4 & 15];
        out += digits[c & 15];
      } else {
        out += c;
      }
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
  out.wrote(std::to_chars(to, to + 32, v).ptr);
}

} // namespace sluice
