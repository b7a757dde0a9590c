#include "actors/transform/derive.hpp"

#include "actors/transform/step_kinds.hpp"
#include "config/option_kinds.hpp"

namespace sluice {

using namespace config;

namespace {

// One field of a derive: each is a step.
class derived_field final : public step {
public:
  derived_field(bound_expression value, std::uint16_t target) : value_(std::move(value)), target_(target) {}

  step_verdict run(step_run& run, const key_memory*) override {
    const auto r = run.evaluate(value_.code, value_.where);
    if (r.type_error)
      return {.what = step_verdict::refuse, .reg = r.field == no_field ? no_field : value_.where[r.field]};
    run.set(target_, r.type, r.value);
    if (r.type != value_type::missing) [[likely]]
      return {};
    return {.missing_value = true};
  }

private:
  bound_expression value_;
  std::uint16_t target_;
};

void read(const yaml_node& value, derive_options& into, reader& in) {
  const std::string want = "e.g. { dew_point: temperature - (100 - humidity) / 5 }";
  if (!value.is_map() || value.entries.empty()) {
    in.out.error(value.at, "derive is not a map of names and expressions", show(value), want);
    return;
  }
  for (const auto& [key, node] : value.entries) {
    if (!is_field_name(key.text))
      in.out.error(key.at, "derive has a bad name", in_quotes(key.text), field_name_rule);
    if (!node.unset && (!node.is_scalar() || node.text.empty()))
      in.out.error(node.at, "derive." + key.text + " is not an expression", show(node),
                   "e.g. temperature * 1.8 + 32");
    into.fields.push_back({key.text, node.text});
  }
}

yaml_node print(const derive_options& from, const secret_values& secrets) {
  auto map = yaml_node::map();
  for (const auto& f : from.fields)
    map.entries.push_back({yaml_node::words(f.name), yaml_node::words(secrets.shown(f.expression))});
  return map;
}

void compile(const derive_options& from, step_compiler& c) {
  for (const auto& field : from.fields) {
    auto value = c.expression_at({field.name}, field.expression);
    const auto target = c.define(field.name, value ? value->code.type() : value_type::missing);
    if (value) c.add(std::make_unique<derived_field>(std::move(*value), target));
  }
}

} // namespace

step_kind derive_kind() {
  return make_step_kind<derive_options>(
      "derive",
      "Adds fields computed from others, in the order of the file; a later one may use an earlier one.",
      "steps:\n  - derive: { dew_point: temperature - (100 - humidity) / 5 }", read, print, compile);
}

} // namespace sluice
