// How statistics are packed into the 64-bit words of a window. Shared by the files of aggregate.hpp.
#pragma once

#include <cmath>
#include <cstring>
#include <new>
#include <string_view>
#include <utility>

#include "actors/transform/number_compare.hpp"
#include "actors/window/aggregate.hpp"
#include "actors/window/heap_statistic.hpp"
#include "actors/window/moments.hpp"

namespace sluice {

// The type of the value in the four words of first or last; missing = none yet.
inline value_type kept_type(const std::uint64_t* place) noexcept {
  return static_cast<value_type>(place[2] >> 32);
}

// Adds x to sum and returns what the new sum is too small by (Neumaier 1974).
inline double add_compensated(double& sum, double x) noexcept {
  const double before = sum;
  sum += x;
  return std::abs(before) >= std::abs(x) ? (before - sum) + x : (x - sum) + before;
}

// min or max where integers take part: compared exactly, an integer before an equal double whatever the order
// of events.
inline void mixed_extreme(std::uint64_t& place, std::uint64_t& head, std::uint64_t integer_bit,
                          const event_value& v, std::uint64_t count, bool want_less) noexcept {
  const bool whole = v.type == value_type::integer, old_whole = (head & integer_bit) != 0;
  if (count > 1) {
    const auto order =
        compare_numbers(v.type, v.value, old_whole ? value_type::integer : value_type::number, slot{place});
    if (order == 0 ? !whole || old_whole : (order < 0) != want_less) return;
  }
  place = v.value.bits;
  head = whole ? head | integer_bit : head & ~integer_bit;
}

// Appends a finite value; false and counted otherwise.
inline bool append_finite(text_buffer& out, double v, std::uint64_t& non_finite) {
  if (!std::isfinite(v)) {
    ++non_finite;
    return false;
  }
  append_number(out, v);
  return true;
}

// A statistic on the heap, pointed to by a word; 0 = none yet.
inline heap_statistic* statistic(std::uint64_t word) noexcept {
  return reinterpret_cast<heap_statistic*>(word);
}
inline std::uint64_t word_of(const heap_statistic* s) noexcept {
  return reinterpret_cast<std::uint64_t>(s);
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
