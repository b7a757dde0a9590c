// What a decoder finds in a payload before it is a field: a typed value, or a text that views into the
// payload.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "messages/value.hpp"

namespace sluice {

// The kinds a slot can hold are numbered like value_type.
struct found_value {
  enum class kind : std::uint8_t { missing, number, integer, boolean, text, container };
  kind what = kind::missing; // null counts as missing
  slot value;                // number, integer, boolean
  std::string_view text;     // text; valid until the decoder's next call

  static found_value of_text(std::string_view t) noexcept { return {kind::text, {}, t}; }
};

// The value for an error detail: `21.5`, `"text"`, `null`, `an object or array`.
std::string describe(const found_value& v);

} // namespace sluice
