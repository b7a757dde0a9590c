// The data types of MQTT in bytes (MQTT 5, 1.5): how a packet's body is read and written. Reading never
// allocates and never goes beyond its bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::packets {

// What is wrong with a packet. The texts are literals, so that saying it costs nothing.
struct malformed {
  std::uint8_t code = 0; // what we close with (MQTT 5, 2.4): malformed packet, protocol error, ..
  const char* packet = "";
  const char* part = "";
  const char* why = "";
  std::size_t at = 0; // byte of the packet's body

  std::string text() const; // "PUBLISH: the topic is cut short (byte 2)"
};

inline constexpr std::uint8_t malformed_packet = 0x81, protocol_error = 0x82, alias_invalid = 0x94,
                              too_large = 0x95, maximum_exceeded = 0x93;

// True iff `text` is well-formed UTF-8 without U+0000 (MQTT 5, 1.5.4; RFC 3629: shortest form, no
// surrogates).
bool is_text(std::string_view text) noexcept;

// Reads one body from its front. After the first failure all reads are empty and zero, and the first failure
// is kept: a decoder reads through and asks once.
class wire_reader {
public:
  wire_reader(std::string_view body, const char* packet) noexcept : bytes_(body), packet_(packet) {}

  std::uint8_t byte(const char* part) noexcept { return static_cast<std::uint8_t>(number(1, part)); }
  std::uint16_t two_bytes(const char* part) noexcept { return static_cast<std::uint16_t>(number(2, part)); }
  std::uint32_t four_bytes(const char* part) noexcept { return number(4, part); }
  // A variable byte integer in its shortest form.
  std::uint32_t variable(const char* part) noexcept;
  std::string_view text(const char* part) noexcept; // UTF-8 with its length
  std::string_view binary(const char* part) noexcept;
  std::string_view rest() noexcept { return take(left(), ""); }
  // The next `length` bytes, to be read on their own; failures are this reader's.
  std::string_view take(std::size_t length, const char* part) noexcept;

  std::size_t left() const noexcept { return bytes_.size() - at_; }
  std::size_t at() const noexcept { return at_; }
  bool failed() const noexcept { return problem_.code != 0; }
  const malformed& problem() const noexcept { return problem_; }
  // Keeps the first failure only.
  void fail(std::uint8_t code, const char* part, const char* why, std::size_t at) noexcept;
  void fail(std::uint8_t code, const char* part, const char* why) noexcept { fail(code, part, why, at_); }

private:
  std::uint32_t number(std::size_t size, const char* part) noexcept;

  std::string_view bytes_;
  const char* packet_;
  std::size_t at_ = 0;
  malformed problem_;
};

inline std::uint32_t wire_reader::number(std::size_t size, const char* part) noexcept {
  std::uint32_t value = 0;
  for (const char c : take(size, part)) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

inline std::string_view wire_reader::take(std::size_t length, const char* part) noexcept {
  if (length > left()) fail(malformed_packet, part, "is cut short");
  if (failed()) return {};
  const auto found = bytes_.substr(at_, length);
  at_ += length;
  return found;
}

// ---- writing: each appends to `out` ----

inline void put_byte(unsigned value, std::string& out) {
  out += static_cast<char>(value);
}
inline void put_two(unsigned value, std::string& out) {
  put_byte(value >> 8, out), put_byte(value, out);
}
inline void put_four(std::uint32_t value, std::string& out) {
  put_two(value >> 16, out), put_two(value & 0xffff, out);
}
// `value` up to 268 435 455.
inline void put_variable(std::size_t value, std::string& out) {
  for (; value >= 0x80; value >>= 7) put_byte(static_cast<unsigned>(value & 0x7f) | 0x80, out);
  put_byte(static_cast<unsigned>(value), out);
}
// `text` of up to 65 535 bytes.
inline void put_text(std::string_view text, std::string& out) {
  put_two(static_cast<unsigned>(text.size()), out), out += text;
}

inline constexpr std::size_t longest_text = 65535, longest_remaining = 268'435'455;

} // namespace sluice::packets
