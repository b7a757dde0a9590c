#include "actors/publish/mqtt/message.hpp"

#include <algorithm>
#include <iterator>

#include <nlohmann/json.hpp>

#include "actors/publish/raw_body.hpp"

namespace sluice {

namespace {

bool good_level(const std::string& text, bool several) {
  return !text.empty() && text.size() <= 1024 && std::none_of(text.begin(), text.end(), [several](char c) {
    return (c == '/' && !several) || c == '+' || c == '#' || (static_cast<unsigned char>(c) < 0x20) ||
           c == 0x7f;
  });
}

} // namespace

tl::expected<mqtt_publish, no_place> mqtt_message_of(const mqtt_sink_options& options,
                                                     const outbox_record& record) {
  mqtt_publish out;
  const auto& names = options.topic.names();
  const bool values_only = options.payload == mqtt_sink_options::body::values;
  const bool raw = options.payload == mqtt_sink_options::body::raw;
  if (!record.json.starts_with('{')) return tl::unexpected(no_place{"record", "is no JSON object"});
  std::vector<std::string> levels;
  for (const auto& name : names) {
    auto level = field_text(record.json, name, record.pipeline);
    if (!level) return tl::unexpected(no_place{"{" + name + "}", "the result has no such field"});
    if (!good_level(*level, name == "rest" && options.topic.text().ends_with("{rest...}")))
      return tl::unexpected(no_place{"{" + name + "}", "is no topic level (got \"" + level->substr(0, 64) +
                                                           "\", want 1 to 1024 bytes without / + #)"});
    levels.push_back(std::move(*level));
  }
  out.topic = options.topic.expand({levels.begin(), levels.end()});
  if (values_only) {
    out.payload = values_text(record.json);
  } else if (!raw) {
    out.payload = record.json;
  }
  out.qos = options.qos;
  out.retain = options.retain;
  out.user_properties = {{"sluice-id", record.identity}, {"revision", std::to_string(record.revision)}};
  out.user_properties.insert(out.user_properties.end(), options.properties.begin(), options.properties.end());
  if (raw) {
    std::string why;
    auto body = raw_body_of(nlohmann::ordered_json::parse(record.json, nullptr, false), why);
    if (!body) return tl::unexpected(no_place{"payload", why});
    out.payload = std::move(body->payload);
    std::move(body->properties.begin(), body->properties.end(), std::back_inserter(out.user_properties));
  } else {
    out.content_type = "application/json";
  }
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
