#include "app/known_fields.hpp"

#include "actors/ingest/decode/field_contract.hpp"
#include "config/nearest_name.hpp"

namespace sluice {

known_fields::known_fields(const source_options& source) {
  const auto& decode = source.decode;
  if (const auto* mqtt = source.mqtt())
    for (const auto& topic : mqtt->topics)
      for (const auto& name : topic.names()) types_[name] = value_type::text;
  if (const auto* kafka = source.kafka())
    for (const auto& topic : kafka->topics)
      for (const auto& name : topic.names()) types_[name] = value_type::text;
  for (const auto& [name, property] : decode.properties) types_[name] = value_type::text;
  if (const auto* file = source.file())
    for (const auto& path : file->paths)
      for (const auto& name : path.names()) types_[name] = value_type::text;
  const auto& fields = decode.event().fields;
  closed_ = !fields.empty();
  for (const auto& field : fields) types_[field.name] = field_contract::make(field).type;
  if (closed_) return;
  using format = decode_options::format;
  if (decode.kind == format::raw) {
    closed_ = true;
    types_["payload"] = types_["payload_base64"] = value_type::text;
    if (decode.raw.topic) types_["topic"] = value_type::text;
    if (decode.raw.properties) types_["properties"] = value_type::text;
  } else if (decode.kind == format::value && !decode.value.field.empty()) {
    closed_ = true;
    types_[decode.value.field] = value_type::missing;
  } else if (decode.kind == format::csv || decode.kind == format::delimited) {
    const auto& columns = decode.kind == format::csv ? decode.csv.columns : decode.delimited.columns;
    closed_ = !columns.empty();
    for (const auto& name : columns)
      if (name != "_") types_[name] = value_type::missing;
  }
}

field_knowledge known_fields::operator()(std::string_view name) const {
  const auto found = types_.find(std::string(name));
  if (found != types_.end()) return {true, found->second, ""};
  // Every event has its device, from wherever it comes; a field of the payload that has this name is first.
  if (name == "device") return {true, closed_ ? value_type::text : value_type::missing, ""};
  return {!closed_, value_type::missing, closed_ ? config::nearest_name(name, names()) : ""};
}

std::vector<std::string> known_fields::names() const {
  std::vector<std::string> all;
  if (closed_ && !types_.contains("device")) all.push_back("device");
  for (const auto& [name, type] : types_) all.push_back(name);
  return all;
}

} // namespace sluice
