#include "actors/publish/result_fields.hpp"

namespace sluice {

using json = nlohmann::ordered_json;

namespace {

std::optional<std::string> text_of(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number() || value.is_boolean()) return value.dump();
  return std::nullopt;
}

} // namespace

std::optional<std::string> field_text(const json& record, const std::string& name,
                                      const std::string& pipeline) {
  if (name == "pipeline") return pipeline;
  if (name == "device") {
    const auto device = record.find("device");
    if (device != record.end()) return text_of(*device);
  }
  for (const auto* part : {"key", "values"}) {
    const auto fields = record.find(part);
    if (fields == record.end() || !fields->is_object()) continue;
    if (const auto field = fields->find(name); field != fields->end()) return text_of(*field);
  }
  for (const auto* own : {"alarm", "state", "severity"})
    if (name == own)
      if (const auto field = record.find(own); field != record.end()) return text_of(*field);
  return std::nullopt;
}

} // namespace sluice
