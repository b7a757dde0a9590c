// The derive step: new fields by expressions, in the order of the file; a later one may use an earlier one.
#pragma once

#include <string>
#include <string_view>

#include "actors/transform/expression.hpp"

namespace sluice {

class derived_field {
public:
  // Errors: those of expression::compile.
  static tl::expected<derived_field, expression_error> compile(std::string name, std::string_view text,
                                                               const field_types& known);

  const std::string& name() const noexcept { return name_; }
  const std::vector<std::string>& fields() const noexcept { return value_.fields(); }
  value_type type() const noexcept { return value_.type(); }

  // As expression::evaluate. Missing: a field was missing, or the value is not finite.
  evaluated value(const slot* values, const value_type* types, const std::uint16_t* where) const noexcept {
    return value_.evaluate(values, types, where);
  }

private:
  std::string name_;
  expression value_;
};

} // namespace sluice
