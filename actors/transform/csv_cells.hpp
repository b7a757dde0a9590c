// What the texts in the cells of a CSV file are as values.
#pragma once

#include <optional>
#include <string_view>

#include "actors/transform/field_value.hpp"

namespace sluice {

// A finite number as JSON writes it: no plus, no leading zeros. An integer that fits int64 stays one.
std::optional<field_value> cell_number(std::string_view text) noexcept;
// true or false, in lower or upper case or with one capital.
std::optional<bool> cell_boolean(std::string_view text) noexcept;
// The narrowest of integer, number, boolean and text that holds `seen` and the text; missing = nothing seen
// yet, and an empty text says nothing.
value_type wider_type(value_type seen, std::string_view text) noexcept;

} // namespace sluice
