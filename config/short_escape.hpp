// The escapes of two characters that JSON and our messages share.
#pragma once

#include <string_view>

namespace sluice {

// `\"`, `\\`, `\n`, `\r` or `\t`; empty for a character that has none.
inline std::string_view short_escape(char c) noexcept {
  switch (c) {
  case '"':
    return "\\\"";
  case '\\':
    return "\\\\";
  case '\n':
    return "\\n";
  case '\r':
    return "\\r";
  case '\t':
    return "\\t";
  default:
    return {};
  }
}

} // namespace sluice
