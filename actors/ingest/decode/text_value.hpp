// What a piece of text is: an integer, a number, or a text. For formats whose values carry no type.
#pragma once

#include <string_view>

#include "actors/ingest/decode/found_value.hpp"

namespace sluice {

// `text` without spaces and tabs at both ends.
std::string_view trimmed(std::string_view text) noexcept;

// The number that all of `text` is, spaces around it aside, by the grammar of JSON with `decimal` as its
// point; missing iff it is none, or beyond the range of a double. "007", "+1", ".5" and "NaN" are no numbers.
found_value guess_number(std::string_view text, char decimal) noexcept;

// A number if it is one, else the text without the spaces around it; nothing but spaces is missing.
found_value guess_value(std::string_view text, char decimal) noexcept;

// For a column: without a guess where a text is declared.
inline found_value text_or_guess(std::string_view text, bool as_text, char decimal) noexcept {
  if (!as_text) return guess_value(text, decimal);
  text = trimmed(text);
  return text.empty() ? found_value{} : found_value::of_text(text);
}

} // namespace sluice
