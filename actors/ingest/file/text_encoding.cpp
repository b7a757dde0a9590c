#include "actors/ingest/file/text_encoding.hpp"

#include <cstdint>
#include <cstring>

#include "messages/utf8.hpp"

namespace sluice {

namespace {

bool is_ascii(std::string_view text) noexcept {
  std::size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    std::uint64_t eight;
    std::memcpy(&eight, text.data() + i, 8);
    if ((eight & 0x8080808080808080ull) != 0) return false;
  }
  for (; i < text.size(); ++i)
    if (static_cast<unsigned char>(text[i]) >= 0x80) return false;
  return true;
}

} // namespace

byte_order_mark find_mark(std::string_view start) noexcept {
  byte_order_mark mark;
  if (start.starts_with("\xEF\xBB\xBF"))
    mark.bytes = 3;
  else if (start.starts_with("\xFF\xFE") || start.starts_with("\xFE\xFF") ||
           start.starts_with(std::string_view("\0\0\xFE\xFF", 4)))
    mark.unsupported = true;
  return mark;
}

std::string_view to_utf8(std::string_view text, text_encoding from, std::string& room) {
  if (from == text_encoding::utf8 || is_ascii(text)) return text;
  if (from == text_encoding::automatic && !invalid_utf8(text)) return text;
  room.clear();
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      room.push_back(c);
    } else {
      room.push_back(static_cast<char>(0xC0 | (byte >> 6)));
      room.push_back(static_cast<char>(0x80 | (byte & 0x3F)));
    }
  }
  return room;
}

} // namespace sluice
