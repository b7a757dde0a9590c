// What stands behind `filter:` and `derive:`.
#include "actors/transform/step_options.hpp"

#include "config/option_kinds.hpp"

namespace sluice {

using namespace config;

void read_filter(const yaml_node& value, filter_options& into, reader& in) {
  const std::string want = "e.g. temperature > -40";
  if (!value.is_scalar() || value.text.empty()) {
    in.out.error(value.at, "filter is not an expression", show(value), want);
    return;
  }
  into.expression = value.text;
}

void read_derive(const yaml_node& value, derive_options& into, reader& in) {
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

yaml_node print_filter(const filter_options& from, const secret_values& secrets) {
  return yaml_node::words(secrets.shown(from.expression));
}

yaml_node print_derive(const derive_options& from, const secret_values& secrets) {
  auto map = yaml_node::map();
  for (const auto& f : from.fields)
    map.entries.push_back({yaml_node::words(f.name), yaml_node::words(secrets.shown(f.expression))});
  return map;
}

} // namespace sluice
