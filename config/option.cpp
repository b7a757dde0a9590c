// What every table of options reports.
#include "config/option.hpp"

namespace sluice::config {

bool check_keys(const yaml_node& map, const std::string& where, const std::vector<std::string>& known,
                reader& in) {
  if (map.unset || map.is_null()) return !map.unset;
  if (!map.is_map()) {
    in.out.error(map.at, where + " is not a map of options", show(map), "keys " + list_of_names(known));
    return false;
  }
  for (const auto& entry : map.entries) {
    const auto& key = entry.key.text;
    if (std::find(known.begin(), known.end(), key) == known.end())
      in.out.error(entry.key.at, "unknown key in " + where + did_you_mean(key, known), in_quotes(key),
                   "one of " + list_of_names(known));
  }
  return true;
}

bool mistyped(const yaml_node& map, const std::vector<std::string>& known, const std::string& name) {
  return std::any_of(map.entries.begin(), map.entries.end(), [&](const yaml_entry& entry) {
    const auto& key = entry.key.text;
    return std::find(known.begin(), known.end(), key) == known.end() && nearest_name(key, known) == name;
  });
}

void report_missing(const yaml_node& map, const std::string& where, const about& what, reader& in) {
  in.out.error(map.at, where + "." + what.name + " is missing", "nothing",
               "e.g. " + what.name + ": " + what.example);
}

} // namespace sluice::config
