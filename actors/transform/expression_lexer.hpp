// Cuts the text of an expression into tokens with byte offsets.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "actors/transform/expression.hpp"

namespace sluice {

enum class token_kind : std::uint8_t {
  end,
  integer,
  number,
  name, // a field or function; `name` holds it without quotes
  text, // a literal; `name` holds it without quotes
  plus,
  minus,
  star,
  slash,
  percent,
  concat,
  eq,
  ne,
  lt,
  le,
  gt,
  ge,
  open,
  close,
  comma,
  and_,
  or_,
  not_,
  in,
  between,
  is,
  null,
  true_,
  false_,
  like,
  case_,
  when,
  then,
  else_,
  end_
};

struct token {
  token_kind kind = token_kind::end;
  std::size_t begin = 0, end = 0; // bytes [begin, end) of the text
  std::uint64_t integer = 0;      // magnitude; up to 2^63 (the parser knows the sign)
  double number = 0;
  std::string name;
};

// The token at or after `offset`. Errors: an unknown character, an unclosed
// quote, a number out of range, an operator of another language (==, &&, !),
// each with what to write instead.
tl::expected<token, expression_error> next_token(std::string_view text, std::size_t offset);

} // namespace sluice
