// The instructions of a compiled expression, shared by its compiler and its
// evaluator. A stack machine.
#pragma once

#include <cstdint>

namespace sluice {

enum class expression_op : std::uint8_t {
  load,     // push field `operand`
  constant, // push constant `operand`
  add,
  sub,
  mul,
  div,
  mod, // pop two numbers, push one
  neg, // a number
  eq,
  ne,
  lt,
  le,
  gt,
  ge,           // pop two, push a boolean
  between,      // pop value, low, high
  not_,         // a boolean
  skip_false,   // top is false: jump to `operand`, keeping it
  and_,         // pop two booleans
  skip_true,    // top is true: jump to `operand`, keeping it
  or_,          // pop two booleans
  is_null,      // pop one, push a boolean
  in_step,      // value, found, candidate -> value, found
  in_end,       // value, found -> found
  concat,       // pop two texts, push one
  like,         // text and constant `operand`: a pattern; push a boolean
  call,         // function `operand` of calls: pop its arguments, push its value
  jump,         // to `operand`
  unless_true,  // pop; not true: jump to `operand`
  skip_present, // top is not missing: jump to `operand`, keeping it; else pop
                // it
  copy,         // push the top again
};

// Cells an expression may use at most.
inline constexpr unsigned expression_stack = 64;

} // namespace sluice
