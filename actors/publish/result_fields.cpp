#include "actors/publish/result_fields.hpp"

#include <nlohmann/json.hpp>

#include "messages/record_members.hpp"

namespace sluice {

namespace {

std::optional<std::string> text_of(std::string_view value) {
  if (value.starts_with('"')) {
    if (value.find('\\') == value.npos) return std::string(inside(value));
    const auto text = nlohmann::json::parse(value, nullptr, false);
    return text.is_string() ? std::optional(text.get<std::string>()) : std::nullopt;
  }
  if (value.empty() || value.starts_with('{') || value.starts_with('[') || value == "null")
    return std::nullopt;
  return std::string(value);
}

} // namespace

std::optional<std::string> field_text(std::string_view record, std::string_view name,
                                      const std::string& pipeline) {
  if (name == "pipeline") return pipeline;
  if (name == "device")
    if (const auto device = member_of(record, name); !device.empty()) return text_of(device);
  for (const auto* part : {"key", "values"})
    if (const auto field = member_of(member_of(record, part), name); !field.empty()) return text_of(field);
  for (const auto* own : {"alarm", "state", "severity"})
    if (name == own) return text_of(member_of(record, name));
  return std::nullopt;
}

std::string_view values_text(std::string_view record) {
  const auto values = member_of(record, "values");
  return values.empty() ? "{}" : values;
}

} // namespace sluice
