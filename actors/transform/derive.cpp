#include "actors/transform/derive.hpp"

namespace sluice {

tl::expected<derived_field, expression_error> derived_field::compile(std::string name, std::string_view text,
                                                                     const field_types& known) {
  auto value = expression::compile(text, known);
  if (!value) return tl::unexpected(value.error());
  derived_field out;
  out.name_ = std::move(name);
  out.value_ = std::move(*value);
  return out;
}

} // namespace sluice
