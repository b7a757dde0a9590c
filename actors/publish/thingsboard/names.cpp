#include "actors/publish/thingsboard/names.hpp"

#include <algorithm>
#include <cstdint>

namespace sluice::thingsboard {

namespace {

bool is_space(std::uint32_t c) {
  return c == 0x20 || (c >= 0x09 && c <= 0x0d) || (c >= 0x1c && c <= 0x1f) || c == 0x85 || c == 0xa0 ||
         c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f ||
         c == 0x205f || c == 0x3000;
}

// The next code point of valid UTF-8; bytes that are none count one each.
std::uint32_t next_code_point(std::string_view text, std::size_t& at) {
  auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<std::uint8_t>(text[i]) : 0u; };
  auto first = byte(at);
  std::size_t more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0;
  auto code = more == 0 ? first : first & (0x3fu >> more);
  for (std::size_t i = 1; i <= more; ++i) code = code << 6 | (byte(at + i) & 0x3fu);
  at += 1 + more;
  return code;
}

} // namespace

std::string_view bad_name(std::string_view name) {
  if (name.empty()) return "is empty";
  std::size_t units = 0, at = 0;
  bool blank = true;
  while (at < name.size()) {
    auto code = next_code_point(name, at);
    units += code >= 0x10000 ? 2 : 1;
    if (!is_space(code)) blank = false;
    if (code == 0) return "contains U+0000";
    if (code == '<') return "looks like HTML (contains <)";
  }
  if (blank) return "is blank";
  return units > 255 ? "is longer than 255 characters" : "";
}

bool looks_numeric(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  if (text.empty() || text.ends_with('.')) return false;
  return std::count(text.begin(), text.end(), '.') <= 1 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c == '.' || (c >= '0' && c <= '9'); });
}

} // namespace sluice::thingsboard
