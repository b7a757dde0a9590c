#include "actors/client/mqtt/wire.hpp"

#include "messages/utf8.hpp"

namespace sluice::packets {

namespace {

// A broker that let it in sends it again after each reconnect: only there it can be helped.
constexpr const char* no_text =
    "is not UTF-8 without U+0000; let the broker refuse such texts (EMQX: strict_mode = true)";

} // namespace

bool is_text(std::string_view text) noexcept {
  return text.find('\0') == text.npos && !invalid_utf8(text);
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
  if (!is_text(found)) fail(malformed_packet, part, no_text, begin);
  return failed() ? std::string_view() : found;
}

void wire_reader::fail(std::uint8_t code, const char* part, const char* why, std::size_t at) noexcept {
  if (failed()) return;
  problem_ = {code, packet_, part, why, at};
}

} // namespace sluice::packets
