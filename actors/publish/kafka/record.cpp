#include "actors/publish/kafka/record.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>

#include <nlohmann/json.hpp>

#include "actors/publish/raw_body.hpp"
#include "messages/record_members.hpp"

namespace sluice {

namespace {

// A result that is to be placed.
class result {
public:
  explicit result(const outbox_record& record) : record_(record) {}

  // The device, or the key as it stands there.
  std::optional<std::string> usual_key() const {
    if (member_of(record_.json, "device").starts_with('"'))
      return field_text(record_.json, "device", record_.pipeline);
    if (const auto key = member_of(record_.json, "key"); !key.empty()) return std::string(key);
    return std::nullopt;
  }

  tl::expected<std::string, no_place> filled(const name_template& shape) const {
    std::vector<std::string> values;
    for (const auto& name : shape.names()) {
      auto value = field_text(record_.json, name, record_.pipeline);
      if (!value) return tl::unexpected(no_place{"{" + name + "}", "the result has no such field"});
      values.push_back(std::move(*value));
    }
    return shape.expand(values);
  }

private:
  const outbox_record& record_;
};

} // namespace

tl::expected<kafka_record, no_place> kafka_record_of(const kafka_sink_options& options,
                                                     const outbox_record& record) {
  result from(record);
  if (!record.json.starts_with('{')) return tl::unexpected(no_place{"record", "is no JSON object"});
  kafka_record out;
  auto topic = from.filled(options.topic);
  if (!topic) return tl::unexpected(topic.error());
  if (!good_kafka_topic(*topic))
    return tl::unexpected(no_place{"topic", "is no topic (got \"" + topic->substr(0, 64) +
                                                "\", want 1 to 249 of A-Z a-z 0-9 . _ -)"});
  out.topic = std::move(*topic);
  if (options.has_key && options.key.text().empty()) {
    out.key = from.usual_key();
  } else if (options.has_key) {
    auto key = from.filled(options.key);
    if (!key) return tl::unexpected(key.error());
    out.key = std::move(*key);
  }
  if (options.payload == kafka_sink_options::body::values) {
    out.payload = values_text(record.json);
  } else if (options.payload == kafka_sink_options::body::record) {
    out.payload = record.json;
  }
  out.headers = {{"sluice-id", record.identity}, {"revision", std::to_string(record.revision)}};
  for (const auto& [name, shape] : options.headers)
    if (auto value = from.filled(shape)) out.headers.emplace_back(name, std::move(*value));
  if (options.payload == kafka_sink_options::body::raw) {
    std::string why;
    auto body = raw_body_of(nlohmann::ordered_json::parse(record.json, nullptr, false), why);
    if (!body) return tl::unexpected(no_place{"payload", why});
    out.payload = std::move(body->payload);
    std::move(body->properties.begin(), body->properties.end(), std::back_inserter(out.headers));
  }
  return out;
}

} // namespace sluice
