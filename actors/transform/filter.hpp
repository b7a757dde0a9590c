// The filter step: keeps an event iff its expression is true.
#pragma once

#include <span>
#include <string_view>

#include "actors/transform/expression.hpp"

namespace sluice {

class filter {
public:
  // Errors: those of expression::compile; an expression that is known to be no boolean.
  static tl::expected<filter, expression_error> compile(std::string_view text, const field_types& known);

  const std::vector<std::string>& fields() const noexcept { return test_.fields(); }

  enum class verdict : std::uint8_t { keep, drop, drop_missing, type_error };
  struct judged {
    verdict what = verdict::keep;
    std::uint16_t field = no_field; // of the wrong type
  };
  // `where[i]` is the place of fields()[i] in `values`/`types`. A missing result drops the event
  // (drop_missing when a field was missing). Never throws, never allocates. Thread safe.
  judged judge(const slot* values, const value_type* types, const std::uint16_t* where) const noexcept;

private:
  expression test_;
};

} // namespace sluice
