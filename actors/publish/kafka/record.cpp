#include "actors/publish/kafka/record.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>

#include "actors/publish/raw_body.hpp"

namespace sluice {

namespace {

using json = nlohmann::ordered_json;

// Behind the JSON string that begins at `at`; npos: none does.
std::size_t behind_string(std::string_view text, std::size_t at) noexcept {
  if (at >= text.size() || text[at] != '"') return text.npos;
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\')
      ++at;
    else if (text[at] == '"')
      return at + 1;
  }
  return text.npos;
}

// The device of a result as the service writes it, {"pipeline":"..","device":"..",..: it stands in front, so
// most results need no parser. nullopt: it has none there.
std::optional<std::string> leading_device(std::string_view result) {
  constexpr std::string_view head = R"({"pipeline":)", between = R"(,"device":)";
  if (!result.starts_with(head)) return std::nullopt;
  const auto name = behind_string(result, head.size());
  if (name == result.npos || !result.substr(name).starts_with(between)) return std::nullopt;
  const auto from = name + between.size(), to = behind_string(result, from);
  if (to == result.npos) return std::nullopt;
  const auto quoted = result.substr(from, to - from);
  if (quoted.find('\\') == quoted.npos) return std::string(quoted.substr(1, quoted.size() - 2));
  const auto text = json::parse(quoted, nullptr, false);
  return text.is_string() ? std::optional(text.get<std::string>()) : std::nullopt;
}

// A result, parsed when something of it is asked for that does not stand in front.
class result {
public:
  explicit result(const outbox_record& record) : record_(record) {}

  const json& parsed() {
    if (!parsed_) parsed_ = json::parse(record_.json, nullptr, false);
    return *parsed_;
  }

  std::optional<std::string> field(const std::string& name) {
    if (name == "pipeline") return record_.pipeline;
    if (name == "device")
      if (auto device = leading_device(record_.json)) return device;
    return field_text(parsed(), name, record_.pipeline);
  }

  // The device, or the key as it stands there.
  std::optional<std::string> usual_key() {
    if (auto device = leading_device(record_.json)) return device;
    if (const auto device = parsed().find("device"); device != parsed().end() && device->is_string())
      return device->get<std::string>();
    if (const auto key = parsed().find("key"); key != parsed().end()) return key->dump();
    return std::nullopt;
  }

  tl::expected<std::string, no_place> filled(const name_template& shape) {
    std::vector<std::string> values;
    for (const auto& name : shape.names()) {
      auto value = field(name);
      if (!value) return tl::unexpected(no_place{"{" + name + "}", "the result has no such field"});
      values.push_back(std::move(*value));
    }
    return shape.expand(values);
  }

private:
  const outbox_record& record_;
  std::optional<json> parsed_;
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
    const auto values = from.parsed().find("values");
    out.payload = values == from.parsed().end() ? "{}" : values->dump();
  } else if (options.payload == kafka_sink_options::body::record) {
    out.payload = record.json;
  }
  out.headers = {{"sluice-id", record.identity}, {"revision", std::to_string(record.revision)}};
  for (const auto& [name, shape] : options.headers)
    if (auto value = from.filled(shape)) out.headers.emplace_back(name, std::move(*value));
  if (options.payload == kafka_sink_options::body::raw) {
    std::string why;
    auto body = raw_body_of(from.parsed(), why);
    if (!body) return tl::unexpected(no_place{"payload", why});
    out.payload = std::move(body->payload);
    std::move(body->properties.begin(), body->properties.end(), std::back_inserter(out.headers));
  }
  return out;
}

} // namespace sluice
