// Finding the component among the keys of a map.
#include "config/component_row.hpp"

namespace sluice::config {

const yaml_entry* pick_component(const yaml_node& map, const std::string& where,
                                 const std::vector<std::string>& kinds,
                                 const std::vector<std::string>& others, reader& in, bool checked) {
  if (map.unset) return nullptr;
  auto known = kinds;
  known.insert(known.end(), others.begin(), others.end());
  if (!checked && !check_keys(map, where, known, in)) return nullptr;
  const yaml_entry* found = nullptr;
  for (const auto& entry : map.entries) {
    if (std::find(kinds.begin(), kinds.end(), entry.key.text) == kinds.end()) continue;
    if (found != nullptr) {
      in.out.error(entry.key.at, where + " has two kinds", found->key.text + " and " + entry.key.text,
                   "one of them");
      return nullptr;
    }
    found = &entry;
  }
  // A mistyped kind is reported as unknown key; saying that a kind is missing too would be noise.
  const auto is_known = [&](const auto& entry) {
    return std::find(known.begin(), known.end(), entry.key.text) != known.end();
  };
  if (found == nullptr && std::all_of(map.entries.begin(), map.entries.end(), is_known))
    in.out.error(map.at, where + " has no kind", "no key of a kind", "one of " + list_of_names(kinds));
  return found;
}

} // namespace sluice::config
