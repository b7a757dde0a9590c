// How statistics are packed into the 64-bit words of a window. Shared by the files of aggregate.hpp.
#pragma once

#include <cstring>
#include <new>
#include <string_view>
#include <utility>

#include "actors/window/aggregate.hpp"
#include "actors/window/moments.hpp"

namespace sluice {

// The type of the value in the four words of first or last; missing = none yet.
inline value_type kept_type(const std::uint64_t* place) noexcept {
  return static_cast<value_type>(place[2] >> 32);
}

// A text on the heap, pointed to by a word.
struct aggregates::text_block {
  std::uint32_t length = 0;

  static text_block* make(std::string_view text) {
    auto* room = static_cast<char*>(::operator new(sizeof(text_block) + text.size()));
    std::memcpy(room + sizeof(text_block), text.data(), text.size());
    return new (room) text_block{static_cast<std::uint32_t>(text.size())};
  }
  static void destroy(text_block* t) noexcept { ::operator delete(t); }
  static text_block* at(std::uint64_t word) noexcept { return reinterpret_cast<text_block*>(word); }
  std::uint64_t word() const noexcept { return reinterpret_cast<std::uint64_t>(this); }
  std::string_view view() const noexcept { return {reinterpret_cast<const char*>(this + 1), length}; }
};

} // namespace sluice
