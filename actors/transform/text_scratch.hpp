// Where texts live that expressions and steps make of an event's fields.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>

#include "messages/value.hpp"

namespace sluice {

// A text's slot says in the top bits of its length where its bytes are: in the arena of the batch (as
// everywhere else), in the scratch of the steps, or among the constants of an expression (inside its
// evaluation only). A text is shorter than 1 GiB, so the bits are free.
enum class text_place : std::uint32_t { arena = 0, scratch = 1u << 30, constant = 2u << 30 };
inline constexpr std::uint32_t text_place_bits = 3u << 30;

inline text_place place_of(slot s) noexcept {
  return static_cast<text_place>(s.text_length() & text_place_bits);
}
inline std::uint32_t length_of(slot s) noexcept {
  return s.text_length() & ~text_place_bits;
}
inline slot placed_text(text_place place, std::size_t offset, std::size_t length) noexcept {
  return slot::text(static_cast<std::uint32_t>(offset),
                    static_cast<std::uint32_t>(length) | static_cast<std::uint32_t>(place));
}

// Room of a fixed size, emptied for each event: nothing is allocated per event, and a hostile text cannot
// grow. Not thread safe.
class text_scratch {
public:
  static constexpr std::size_t room = 65536; // bytes of all texts that the steps make of one event

  void clear() noexcept { used_ = 0; }
  // Where to write at most `bytes`; null when there is no room left (or no memory).
  char* reserve(std::size_t bytes) noexcept {
    if (bytes > room - used_) return nullptr;
    if (!bytes_) bytes_.reset(new (std::nothrow) char[room]);
    return bytes_ ? bytes_.get() + used_ : nullptr;
  }
  // Keeps the first `bytes` of what was reserved last, and returns them as a text.
  slot keep(std::size_t bytes) noexcept {
    const auto s = placed_text(text_place::scratch, used_, bytes);
    used_ += bytes;
    return s;
  }
  const char* data() const noexcept { return bytes_.get(); }

private:
  std::unique_ptr<char[]> bytes_;
  std::size_t used_ = 0;
};

} // namespace sluice
