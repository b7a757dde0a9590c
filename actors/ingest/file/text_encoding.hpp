// From the encodings that files come in to UTF-8, before the journal: whatever reads the journal knows one
// encoding.
#pragma once

#include <string>
#include <string_view>

namespace sluice {

enum class text_encoding {
  utf8,     // as it is; what is no UTF-8 is for the decoder to refuse
  latin1,   // ISO 8859-1: every byte is the character of that number
  automatic // a record that is valid UTF-8 is UTF-8, any other one Latin-1
};

// What the bytes at the start of a file say of it.
struct byte_order_mark {
  std::size_t bytes = 0;    // to be left out: 3 for UTF-8
  bool unsupported = false; // UTF-16 or UTF-32
};
byte_order_mark find_mark(std::string_view start) noexcept;

// `text` as UTF-8: itself, or what was put into `room` (which must stay until then).
std::string_view to_utf8(std::string_view text, text_encoding from, std::string& room);

} // namespace sluice
