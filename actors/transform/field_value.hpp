// The value of a field while its event is in hand, and one that is kept beyond it: what steps with memory
// compare and hold.
#pragma once

#include <string>
#include <string_view>

#include "actors/transform/number_compare.hpp"
#include "messages/value.hpp"

namespace sluice {

// `text` is set iff type is text; it points into the batch or into the steps' own texts.
struct field_value {
  value_type type = value_type::missing;
  slot value;
  std::string_view text;
};

inline bool is_number(value_type t) noexcept {
  return t == value_type::number || t == value_type::integer;
}

// True iff they are the same value: numbers as real numbers (1 = 1.0, exactly), missing equals missing.
inline bool same_value(const field_value& a, const field_value& b) noexcept {
  if (is_number(a.type) && is_number(b.type)) return compare_numbers(a.type, a.value, b.type, b.value) == 0;
  if (a.type != b.type) return false;
  if (a.type == value_type::text) return a.text == b.text;
  return a.type == value_type::missing || a.value.boolean() == b.value.boolean();
}

// Owns its text.
struct kept_value {
  value_type type = value_type::missing;
  slot value;
  std::string text;

  field_value view() const noexcept { return {type, value, text}; }
  // May throw.
  void copy(const field_value& from) {
    text.assign(from.text);
    type = from.type, value = from.value;
  }
};

} // namespace sluice
