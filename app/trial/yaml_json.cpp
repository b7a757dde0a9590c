#include "app/trial/yaml_json.hpp"

#include "actors/ingest/decode/event_time.hpp"
#include "config/units.hpp"

namespace sluice {

using nlohmann::ordered_json;

ordered_json to_json(const config::yaml_node& node) {
  if (node.is_null()) return nullptr;
  if (node.is_sequence()) {
    auto list = ordered_json::array();
    for (const auto& item : node.items) list.push_back(to_json(item));
    return list;
  }
  if (node.is_map()) {
    auto map = ordered_json::object();
    for (const auto& [key, value] : node.entries) map[key.text] = to_json(value);
    return map;
  }
  if (node.quoted) return node.text;
  const auto plain = ordered_json::parse(node.text, nullptr, false);
  return plain.is_number() || plain.is_boolean() ? plain : ordered_json(node.text);
}

std::optional<std::int64_t> to_ms(const std::string& text) {
  if (const auto ms = time_from_text(text)) return ms;
  return config::parse_date(text);
}

} // namespace sluice
