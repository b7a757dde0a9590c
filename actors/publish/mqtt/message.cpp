#include "actors/publish/mqtt/message.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace sluice {

namespace {

using json = nlohmann::ordered_json;

// A scalar as a topic level; texts without quotes. nullptr-like: not there or no scalar.
std::optional<std::string> level_of(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number() || value.is_boolean()) return value.dump();
  return std::nullopt;
}

std::optional<std::string> find_level(const json& record, const std::string& name,
                                      const std::string& pipeline) {
  if (name == "pipeline") return pipeline;
  if (name == "device") {
    const auto device = record.find("device");
    if (device != record.end()) return level_of(*device);
  }
  for (const auto* part : {"key", "values"}) {
    const auto fields = record.find(part);
    if (fields == record.end() || !fields->is_object()) continue;
    if (const auto field = fields->find(name); field != fields->end()) return level_of(*field);
  }
  for (const auto* own : {"alarm", "state", "severity"})
    if (name == own)
      if (const auto field = record.find(own); field != record.end()) return level_of(*field);
  return std::nullopt;
}

bool good_level(const std::string& text) {
  return !text.empty() && text.size() <= 1024 && std::none_of(text.begin(), text.end(), [](char c) {
    return c == '/' || c == '+' || c == '#' || (static_cast<unsigned char>(c) < 0x20) || c == 0x7f;
  });
}

} // namespace

tl::expected<mqtt_publish, no_topic> mqtt_message_of(const mqtt_sink_options& options,
                                                     const outbox_record& record) {
  mqtt_publish out;
  const auto& names = options.topic.names();
  const bool values_only = options.payload == mqtt_sink_options::body::values;
  json parsed;
  if (!names.empty() || values_only) {
    parsed = json::parse(record.json, nullptr, false);
    if (!parsed.is_object()) return tl::unexpected(no_topic{"record", "is no JSON object"});
  }
  std::vector<std::string> levels;
  for (const auto& name : names) {
    auto level = find_level(parsed, name, record.pipeline);
    if (!level) return tl::unexpected(no_topic{"{" + name + "}", "the result has no such field"});
    if (!good_level(*level))
      return tl::unexpected(no_topic{"{" + name + "}", "is no topic level (got \"" + level->substr(0, 64) +
                                                           "\", want 1 to 1024 bytes without / + #)"});
    levels.push_back(std::move(*level));
  }
  out.topic = options.topic.expand({levels.begin(), levels.end()});
  if (values_only) {
    const auto values = parsed.find("values");
    out.payload = values == parsed.end() ? "{}" : values->dump();
  } else {
    out.payload = record.json;
  }
  out.qos = options.qos;
  out.retain = options.retain;
  out.user_properties = {{"sluice-id", record.identity}, {"revision", std::to_string(record.revision)}};
  out.user_properties.insert(out.user_properties.end(), options.properties.begin(), options.properties.end());
  out.content_type = "application/json";
  out.expiry = options.expiry;
  return out;
}

std::size_t packet_bytes(const mqtt_publish& m) {
  // Fixed header 5, topic length 2, packet id 2, property length 4, expiry 5, content type 3 +.
  std::size_t bytes = 5 + 2 + m.topic.size() + 2 + 4 + 5 + 3 + m.content_type.size() + m.payload.size();
  for (const auto& [key, value] : m.user_properties) bytes += 5 + key.size() + value.size();
  return bytes;
}

} // namespace sluice
