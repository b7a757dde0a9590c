#include "actors/transform/step_fields.hpp"

#include <algorithm>

namespace sluice {

using namespace config;

option_kind<std::vector<std::string>> field_list() {
  auto kind = one_or_list(text(
      [](const std::string& name) -> std::optional<refusal> {
        if (is_field_name(name)) return std::nullopt;
        return refusal{"is no name of a field", std::string(field_name_rule)};
      },
      "names of fields", "name"));
  kind.read = [one = kind.read](const yaml_node& node, std::vector<std::string>& into,
                                const std::string& where, const about& option, reader& in) {
    one(node, into, where, option, in);
    for (auto at = into.begin(); at != into.end(); ++at)
      if (std::find(into.begin(), at, *at) != at) {
        const auto i = static_cast<std::size_t>(at - into.begin());
        refuse(node.is_sequence() && node.items.size() == into.size() ? node.items[i] : node, where,
               "names a field twice", "each field once", option, in);
      }
  };
  return kind;
}

std::optional<std::vector<std::uint16_t>> registers_of(step_compiler& c,
                                                       const std::vector<std::string>& where,
                                                       const std::vector<std::string>& fields) {
  std::vector<std::uint16_t> out;
  bool good = true;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    auto place = where;
    place.push_back(std::to_string(i));
    if (const auto reg = c.use(fields[i], std::move(place)))
      out.push_back(*reg);
    else
      good = false;
  }
  if (!good) return std::nullopt;
  return out;
}

} // namespace sluice
