#include "actors/client/mqtt/wire.hpp"

#include <cstring>

namespace sluice::packets {

namespace {

// Length of the UTF-8 sequence at the front of `text`, 0 when it is none. The table of RFC 3629, 4.
std::size_t sequence_length(std::string_view text) noexcept {
  const auto at = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto between = [&](std::size_t i, unsigned low, unsigned high) {
    return at(i) >= low && at(i) <= high;
  };
  const auto tail = [&](std::size_t i) { return between(i, 0x80, 0xbf); };
  const unsigned first = at(0);
  if (first < 0x80) return first != 0 ? 1 : 0;
  if (first >= 0xc2 && first <= 0xdf) return tail(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const bool second = between(1, first == 0xe0 ? 0xa0 : 0x80, first == 0xed ? 0x9f : 0xbf);
    return second && tail(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const bool second = between(1, first == 0xf0 ? 0x90 : 0x80, first == 0xf4 ? 0x8f : 0xbf);
    return second && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

// True iff none of the eight bytes is zero or above 0x7f.
bool plain_eight(const char* at) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  constexpr std::uint64_t ones = 0x0101010101010101, highs = 0x8080808080808080;
  return ((word | (word - ones)) & highs) == 0;
}

} // namespace

bool is_text(std::string_view text) noexcept {
  while (!text.empty()) {
    std::size_t plain = 0;
    while (text.size() - plain >= 8 && plain_eight(text.data() + plain)) plain += 8;
    text.remove_prefix(plain);
    if (text.empty()) break;
    const auto length = sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string malformed::text() const {
  return std::string(packet) + ": " + part + " " + why + " (byte " + std::to_string(at) + ")";
}

std::uint32_t wire_reader::variable(const char* part) noexcept {
  const auto begin = at_;
  std::uint32_t value = 0;
  for (unsigned shift = 0; shift < 28; shift += 7) {
    const auto next = byte(part);
    value |= static_cast<std::uint32_t>(next & 0x7f) << shift;
    if (next & 0x80) continue;
    if (next == 0 && shift != 0) fail(malformed_packet, part, "is not in its shortest form", begin);
    return failed() ? 0 : value;
  }
  fail(malformed_packet, part, "is longer than four bytes", begin);
  return 0;
}

std::string_view wire_reader::binary(const char* part) noexcept {
  const auto length = two_bytes(part);
  return take(length, part);
}

std::string_view wire_reader::text(const char* part) noexcept {
  const auto begin = at_;
  const auto found = binary(part);
  if (!is_text(found)) fail(malformed_packet, part, "is not UTF-8 without U+0000", begin);
  return failed() ? std::string_view() : found;
}

void wire_reader::fail(std::uint8_t code, const char* part, const char* why, std::size_t at) noexcept {
  if (failed()) return;
  problem_ = {code, packet_, part, why, at};
}

} // namespace sluice::packets
