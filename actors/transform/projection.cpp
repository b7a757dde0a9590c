#include "actors/transform/projection.hpp"

#include <algorithm>

#include "actors/transform/step_kinds.hpp"
#include "config/option_kinds.hpp"

namespace sluice {

using namespace config;

namespace {

// A name, or a list of names, each once.
std::vector<std::string> read_names(const yaml_node& value, const std::string& where, reader& in) {
  std::vector<std::string> names;
  const auto one = [&](const yaml_node& node) {
    if (node.unset) return;
    if (!node.is_scalar() || !is_field_name(node.text)) {
      in.out.error(node.at, where + " has a bad name", show(node), field_name_rule);
    } else if (std::find(names.begin(), names.end(), node.text) != names.end()) {
      in.out.error(node.at, where + " names a field twice", show(node), "each field once");
    }
    names.push_back(node.text); // in step with the list, for messages
  };
  if (value.is_sequence() && !value.items.empty()) {
    for (const auto& item : value.items) one(item);
  } else if (value.is_scalar() && !value.text.empty()) {
    one(value);
  } else {
    in.out.error(value.at, where + " is not a list of fields", show(value), "e.g. [temperature, humidity]");
  }
  return names;
}

yaml_node print_names(const std::vector<std::string>& names) {
  auto list = yaml_node::sequence();
  for (const auto& name : names) list.items.push_back(yaml_node::words(name));
  return list;
}

// Only fields that are there may be named: returns those.
std::vector<std::string> known_of(const std::vector<std::string>& names, step_compiler& c) {
  std::vector<std::string> known;
  for (std::size_t i = 0; i < names.size(); ++i)
    if (c.use(names[i], {std::to_string(i)})) known.push_back(names[i]);
  return known;
}

void read_select(const yaml_node& value, select_options& into, reader& in) {
  into.fields = read_names(value, "select", in);
}
yaml_node print_select(const select_options& from, const secret_values&) {
  return print_names(from.fields);
}
void compile_select(const select_options& from, step_compiler& c) {
  const auto known = known_of(from.fields, c);
  if (!known.empty()) c.select(known);
}

void read_drop(const yaml_node& value, drop_options& into, reader& in) {
  into.fields = read_names(value, "drop", in);
}
yaml_node print_drop(const drop_options& from, const secret_values&) {
  return print_names(from.fields);
}
void compile_drop(const drop_options& from, step_compiler& c) {
  for (const auto& name : known_of(from.fields, c)) c.drop(name);
}

void read_rename(const yaml_node& value, rename_options& into, reader& in) {
  if (!value.is_map() || value.entries.empty()) {
    in.out.error(value.at, "rename is not a map of new and old names", show(value),
                 "e.g. { temperature: t, humidity: h }");
    return;
  }
  std::vector<std::string> old;
  for (const auto& [key, node] : value.entries) {
    if (node.unset) continue;
    if (!is_field_name(key.text)) {
      in.out.error(key.at, "rename has a bad name", in_quotes(key.text), field_name_rule);
    } else if (!node.is_scalar() || !is_field_name(node.text)) {
      in.out.error(node.at, "rename." + key.text + " is not a field", show(node), field_name_rule);
    } else if (std::find(old.begin(), old.end(), node.text) != old.end()) {
      in.out.error(node.at, "a field is renamed twice", show(node), "one new name, or derive for a copy");
    } else {
      old.push_back(node.text);
      into.fields.emplace_back(key.text, node.text);
    }
  }
}
yaml_node print_rename(const rename_options& from, const secret_values&) {
  auto map = yaml_node::map();
  for (const auto& [to, old] : from.fields)
    map.entries.push_back({yaml_node::words(to), yaml_node::words(old)});
  return map;
}
void compile_rename(const rename_options& from, step_compiler& c) {
  auto known = from.fields;
  std::erase_if(known, [&](const auto& field) { return !c.use(field.second, {field.first}); });
  c.rename(known);
}

} // namespace

step_kind select_kind() {
  return make_step_kind<select_options>(
      "select",
      "Keeps these fields of an event and no others. What an event does not "
      "have "
      "stays missing.",
      "steps:\n  - select: [temperature, humidity]", read_select, print_select, compile_select);
}

step_kind rename_kind() {
  return make_step_kind<rename_options>(
      "rename",
      "Gives fields new names, all at once: NEW: OLD. A field that had the new "
      "name is hidden.",
      "steps:\n  - rename: { temperature: t, humidity: h }", read_rename, print_rename, compile_rename);
}

step_kind drop_kind() {
  return make_step_kind<drop_options>("drop", "Takes these fields out of an event.",
                                      "steps:\n  - drop: [firmware, rssi]", read_drop, print_drop,
                                      compile_drop);
}

} // namespace sluice
