#include "messages/value.hpp"

namespace sluice {

const char* to_string(value_type type) noexcept {
  switch (type) {
  case value_type::missing:
    return "missing";
  case value_type::number:
    return "number";
  case value_type::integer:
    return "integer";
  case value_type::boolean:
    return "boolean";
  case value_type::text:
    return "text";
  }
  return "unknown";
}

} // namespace sluice
