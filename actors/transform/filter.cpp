#include "actors/transform/filter.hpp"

namespace sluice {

tl::expected<filter, expression_error> filter::compile(std::string_view text, const field_types& known) {
  auto test = expression::compile(text, known);
  if (!test) return tl::unexpected(test.error());
  if (test->type() == value_type::number || test->type() == value_type::integer)
    return tl::unexpected(expression_error{0, "a filter is true or false (got a number " + std::string(text) +
                                                  ", want a comparison, e.g. temperature > 0)"});
  filter out;
  out.test_ = std::move(*test);
  return out;
}

filter::judged filter::judge(const slot* values, const value_type* types,
                             const std::uint16_t* where) const noexcept {
  const auto r = test_.evaluate(values, types, where);
  if (r.type_error) return {verdict::type_error, r.field};
  if (r.type == value_type::boolean) return {r.value.boolean() ? verdict::keep : verdict::drop, no_field};
  if (r.type == value_type::missing)
    return {r.field == no_field ? verdict::drop : verdict::drop_missing, r.field};
  return {verdict::type_error, r.field};
}

} // namespace sluice
