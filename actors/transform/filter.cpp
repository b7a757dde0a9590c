#include "actors/transform/filter.hpp"

#include "actors/transform/step_kinds.hpp"
#include "config/option_kinds.hpp"

namespace sluice {

using namespace config;

namespace {

class filter_step final : public step {
public:
  explicit filter_step(bound_expression test) : test_(std::move(test)) {}

  step_verdict run(step_run& run, const key_memory*) override {
    const auto r = run.evaluate(test_.code, test_.where);
    if (r.type == value_type::boolean && !r.type_error) {
      if (r.value.boolean()) return {};
      return {.what = step_verdict::filter};
    }
    const auto reg = r.field == no_field ? no_field : test_.where[r.field];
    if (r.type == value_type::missing && !r.type_error)
      return {.what = step_verdict::filter, .missing_field = r.field != no_field, .reg = reg};
    return {.what = step_verdict::refuse, .reg = reg};
  }

private:
  bound_expression test_;
};

void read(const yaml_node& value, filter_options& into, reader& in) {
  if (!value.is_scalar() || value.text.empty()) {
    in.out.error(value.at, "filter is not an expression", show(value), "e.g. temperature > -40");
    return;
  }
  into.expression = value.text;
}

yaml_node print(const filter_options& from, const secret_values& secrets) {
  return yaml_node::words(secrets.shown(from.expression));
}

void compile(const filter_options& from, step_compiler& c) {
  if (auto test = c.condition_at({}, from.expression, "a filter"))
    c.add(std::make_unique<filter_step>(std::move(*test)));
}

} // namespace

step_kind filter_kind() {
  return make_step_kind<filter_options>(
      "filter", "Keeps an event iff the expression is true; a missing field makes it false.",
      "steps:\n  - filter: temperature > -40 and temperature < 85", read, print, compile);
}

} // namespace sluice
