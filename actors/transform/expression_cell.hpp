// One value on the stack of an expression, and what a function gets of its
// call. Shared by the evaluator and the functions.
#pragma once

#include <cmath>
#include <cstdint>
#include <memory>
#include <string_view>

#include "actors/transform/expression.hpp"
#include "actors/transform/text_scratch.hpp"
#include "messages/value.hpp"

namespace sluice {

struct cell {
  slot value;
  value_type type = value_type::missing;
  std::uint16_t field = no_field; // the field it came from, while it is still
                                  // that field's value or its absence
};

inline bool is_number(value_type t) noexcept {
  return t == value_type::number || t == value_type::integer;
}
inline double as_double(const cell& c) noexcept {
  return c.type == value_type::integer ? static_cast<double>(c.value.integer()) : c.value.number();
}
inline cell truth(bool v) noexcept {
  return {slot::of(v), value_type::boolean, no_field};
}
inline cell whole(std::int64_t v) noexcept {
  return {slot::of(v), value_type::integer, no_field};
}
// Missing when `v` is not finite.
inline cell finite(double v) noexcept {
  if (!std::isfinite(v)) return {};
  return {slot::of(v), value_type::number, no_field};
}
inline cell missing_like(const cell& c) noexcept {
  return {slot{}, value_type::missing, c.field};
}

// Texts of an evaluation, wherever they are.
class expression_texts {
public:
  expression_texts(const expression_inputs& in, const char* constants) : in_(in), constants_(constants) {}
  std::string_view view(slot s) const noexcept {
    switch (place_of(s)) {
    case text_place::scratch:
      return {in_.scratch->data() + s.text_offset(), length_of(s)};
    case text_place::constant:
      return {constants_ + s.text_offset(), length_of(s)};
    default:
      return {in_.arena + s.text_offset(), length_of(s)};
    }
  }
  // Room for a new text; null when there is none. keep() makes a cell of its
  // first bytes.
  char* reserve(std::size_t bytes) const noexcept {
    return in_.scratch == nullptr ? nullptr : in_.scratch->reserve(bytes);
  }
  cell keep(std::size_t bytes) const noexcept {
    return {in_.scratch->keep(bytes), value_type::text, no_field};
  }
  // A copy; missing when it finds no room.
  cell make(std::string_view text) const noexcept {
    auto* to = reserve(text.size());
    if (to == nullptr) return {};
    text.copy(to, text.size());
    return keep(text.size());
  }
  const expression_inputs& inputs() const noexcept { return in_; }

private:
  const expression_inputs& in_;
  const char* constants_;
};

// The call of a function. The types of its arguments were checked and none of
// them is missing, unless the function wants to see such ones.
struct function_call {
  const cell* args;
  unsigned count;
  const expression_texts& texts;
  const std::shared_ptr<const void>* prepared; // in step with args: what was made of literal arguments

  std::string_view text(unsigned i) const noexcept { return texts.view(args[i].value); }
  double number(unsigned i) const noexcept { return as_double(args[i]); }
  std::int64_t integer(unsigned i) const noexcept { return args[i].value.integer(); }
  bool is_integer(unsigned i) const noexcept { return args[i].type == value_type::integer; }
};

} // namespace sluice
