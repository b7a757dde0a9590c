// A typed value of an event's field, eight bytes of payload beside a type tag. Texts live in the arena of
// their batch.
#pragma once

#include <bit>
#include <cstdint>
#include <string_view>

namespace sluice {

enum class value_type : std::uint8_t { missing = 0, number = 1, integer = 2, boolean = 3, text = 4 };

const char* to_string(value_type type) noexcept;

// The eight bytes of a value, read according to its value_type: a double, an int64, 0/1, or offset << 32 |
// length of a text in the batch's arena.
struct slot {
  std::uint64_t bits = 0;

  static slot of(double v) noexcept { return {std::bit_cast<std::uint64_t>(v)}; }
  static slot of(std::int64_t v) noexcept { return {static_cast<std::uint64_t>(v)}; }
  static slot of(bool v) noexcept { return {v ? 1u : 0u}; }
  static slot text(std::uint32_t offset, std::uint32_t length) noexcept {
    return {static_cast<std::uint64_t>(offset) << 32 | length};
  }
  double number() const noexcept { return std::bit_cast<double>(bits); }
  std::int64_t integer() const noexcept { return static_cast<std::int64_t>(bits); }
  bool boolean() const noexcept { return bits != 0; }
  std::uint32_t text_offset() const noexcept { return static_cast<std::uint32_t>(bits >> 32); }
  std::uint32_t text_length() const noexcept { return static_cast<std::uint32_t>(bits); }
};

} // namespace sluice
