#include "actors/publish/kafka/record.hpp"

#include <algorithm>
#include <iterator>

#include "actors/publish/raw_body.hpp"

namespace sluice {

namespace {

using json = nlohmann::ordered_json;

tl::expected<std::string, no_place> filled(const name_template& shape, const json& parsed,
                                           const std::string& pipeline) {
  std::vector<std::string> values;
  for (const auto& name : shape.names()) {
    auto value = field_text(parsed, name, pipeline);
    if (!value) return tl::unexpected(no_place{"{" + name + "}", "the result has no such field"});
    values.push_back(std::move(*value));
  }
  return shape.expand(values);
}

// The device, or the key as it stands in the result.
std::optional<std::string> usual_key(const json& parsed) {
  if (const auto device = parsed.find("device"); device != parsed.end() && device->is_string())
    return device->get<std::string>();
  if (const auto key = parsed.find("key"); key != parsed.end()) return key->dump();
  return std::nullopt;
}

} // namespace

tl::expected<kafka_record, no_place> kafka_record_of(const kafka_sink_options& options,
                                                     const outbox_record& record) {
  const auto parsed = json::parse(record.json, nullptr, false);
  if (!parsed.is_object()) return tl::unexpected(no_place{"record", "is no JSON object"});
  kafka_record out;
  auto topic = filled(options.topic, parsed, record.pipeline);
  if (!topic) return tl::unexpected(topic.error());
  if (!good_kafka_topic(*topic))
    return tl::unexpected(no_place{"topic", "is no topic (got \"" + topic->substr(0, 64) +
                                                "\", want 1 to 249 of A-Z a-z 0-9 . _ -)"});
  out.topic = std::move(*topic);
  if (options.has_key && options.key.text().empty()) {
    out.key = usual_key(parsed);
  } else if (options.has_key) {
    auto key = filled(options.key, parsed, record.pipeline);
    if (!key) return tl::unexpected(key.error());
    out.key = std::move(*key);
  }
  if (options.payload == kafka_sink_options::body::values) {
    const auto values = parsed.find("values");
    out.payload = values == parsed.end() ? "{}" : values->dump();
  } else if (options.payload == kafka_sink_options::body::record) {
    out.payload = record.json;
  }
  out.headers = {{"sluice-id", record.identity}, {"revision", std::to_string(record.revision)}};
  for (const auto& [name, shape] : options.headers)
    if (auto value = filled(shape, parsed, record.pipeline))
      out.headers.emplace_back(name, std::move(*value));
  if (options.payload == kafka_sink_options::body::raw) {
    std::string why;
    auto body = raw_body_of(parsed, why);
    if (!body) return tl::unexpected(no_place{"payload", why});
    out.payload = std::move(body->payload);
    std::move(body->properties.begin(), body->properties.end(), std::back_inserter(out.headers));
  }
  return out;
}

} // namespace sluice
