#include "actors/ingest/decode/found_value.hpp"

#include <charconv>

#include "actors/ingest/decode/json_path.hpp"

namespace sluice {

using kind = found_value::kind;

static_assert(static_cast<int>(kind::number) == static_cast<int>(value_type::number));
static_assert(static_cast<int>(kind::integer) == static_cast<int>(value_type::integer));
static_assert(static_cast<int>(kind::boolean) == static_cast<int>(value_type::boolean));
static_assert(static_cast<int>(kind::text) == static_cast<int>(value_type::text));

std::string describe(const found_value& v) {
  char digits[32];
  switch (v.what) {
  case kind::missing:
    return "null";
  case kind::number:
    return {digits, std::to_chars(digits, digits + sizeof digits, v.value.number()).ptr};
  case kind::integer:
    return std::to_string(v.value.integer());
  case kind::boolean:
    return v.value.boolean() ? "true" : "false";
  case kind::text:
    return quoted(v.text);
  case kind::container:
    return "an object or array";
  }
  return "";
}

} // namespace sluice
