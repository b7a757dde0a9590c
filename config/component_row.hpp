// A component is one key in its map ("mqtt:", "thingsboard:") and one row in the table of built-ins: how it
// is read, printed and documented.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "config/option.hpp"

namespace sluice::config {

// T holds any component of its sort: a variant, or a struct with a part for each.
template <class T> struct component_row {
  std::string kind; // the key
  std::string sentence;
  std::string example;
  std::function<void(const yaml_node&, T& into, reader&)> read;
  // The value behind the key; nullopt when `T` holds another kind.
  std::function<std::optional<yaml_node>(const T&, const secret_values&)> print;
  std::vector<option_info> infos; // empty for a component that is no map
};

// Finds the one key of `map` that names a kind. Reports, and returns null: none, more than one, unknown keys
// (with the nearest name; `checked`: somebody else reports those). `others` are the keys of the map that are
// no component.
const yaml_entry* pick_component(const yaml_node& map, const std::string& where,
                                 const std::vector<std::string>& kinds,
                                 const std::vector<std::string>& others, reader& in, bool checked = false);

template <class T> std::vector<std::string> kinds_of(const std::vector<component_row<T>>& rows) {
  std::vector<std::string> kinds;
  for (const auto& row : rows) kinds.push_back(row.kind);
  return kinds;
}

// Reads the component of `map` into `into`. Returns its entry, or null when none was read.
template <class T>
const yaml_entry*
read_component(const yaml_node& map, const std::string& where, const std::vector<component_row<T>>& rows,
               const std::vector<std::string>& others, T& into, reader& in, bool checked = false) {
  const auto* entry = pick_component(map, where, kinds_of(rows), others, in, checked);
  if (entry == nullptr) return nullptr;
  for (const auto& row : rows)
    if (row.kind == entry->key.text && !entry->value.unset) row.read(entry->value, into, in);
  return entry;
}

// Adds the component in force to `map`.
template <class T>
void print_component(const T& from, const std::vector<component_row<T>>& rows, const secret_values& secrets,
                     yaml_node& map) {
  for (const auto& row : rows)
    if (auto value = row.print(from, secrets)) map.add(row.kind, std::move(*value));
}

// The row of a component whose options are a table over Part, one alternative of the variant T.
template <class T, class Part>
component_row<T> alternative_of(const options<Part>& table, std::string sentence, std::string example) {
  component_row<T> row;
  row.kind = table.name();
  row.sentence = std::move(sentence);
  row.example = std::move(example);
  row.infos = table.infos();
  row.read = [table](const yaml_node& node, T& into, reader& in) {
    Part part;
    table.read(node, part, in);
    into = std::move(part);
  };
  row.print = [table](const T& from, const secret_values& secrets) -> std::optional<yaml_node> {
    const auto* part = std::get_if<Part>(&from);
    if (part == nullptr) return std::nullopt;
    return table.print(*part, secrets);
  };
  return row;
}

} // namespace sluice::config
