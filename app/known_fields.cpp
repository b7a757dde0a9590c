#include "app/known_fields.hpp"

#include "config/nearest_name.hpp"

namespace sluice {

known_fields::known_fields(const source_options& source) {
  // {field} names the value of a payload that is a bare number: any name may come.
  closed_ = !source.decode.json.fields.empty();
  for (const auto& field : source.decode.json.fields) types_[field.name] = value_type::missing;
  for (const auto& topic : source.mqtt.topics) {
    for (const auto& name : topic.names()) types_[name] = value_type::text;
    if (topic.has("field")) closed_ = false;
  }
}

field_knowledge known_fields::operator()(std::string_view name) const {
  const auto found = types_.find(std::string(name));
  if (found != types_.end()) return {true, found->second, ""};
  return {!closed_, value_type::missing, closed_ ? config::nearest_name(name, names()) : ""};
}

std::vector<std::string> known_fields::names() const {
  std::vector<std::string> all;
  for (const auto& [name, type] : types_) all.push_back(name);
  return all;
}

} // namespace sluice
