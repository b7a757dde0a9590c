#include "actors/publish/thingsboard/payload.hpp"

#include <limits>
#include <optional>

#include <nlohmann/json.hpp>

#include "actors/publish/thingsboard/names.hpp"
#include "actors/publish/thingsboard/numbers.hpp"

namespace sluice::thingsboard {

namespace {

using json = nlohmann::ordered_json;

std::string text_of(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}
std::string json_text(std::string_view text) {
  return text_of(json(text));
}

// The number as ThingsBoard can store it, nullopt when it cannot.
std::optional<std::string> number(const json& value) {
  if (value.is_number_float()) return number_text(value.get<double>());
  if (value.is_number_unsigned() &&
      value.get<std::uint64_t>() > std::uint64_t(std::numeric_limits<std::int64_t>::max()))
    return std::nullopt;
  return number_text(value.get<std::int64_t>());
}

// The record's time by the option; an event of a pipeline without window has but one.
const json* timestamp(const thingsboard_options& options, const json& record) {
  for (auto name : {options.stamp == thingsboard_options::timestamp::start ? "start" : "end", "time"})
    if (auto found = record.find(name); found != record.end() && found->is_number_integer()) return &*found;
  return nullptr;
}

// The alarm whose transition the record is, "" when it is none.
std::string alarm_of(const json& record) {
  const auto name = record.find("alarm");
  return name == record.end() || !name->is_string() ? "" : name->get<std::string>();
}

// What is told of the transition of an alarm: NAME = active, and NAME_severity.
json alarm_values(const std::string& text, const json& record) {
  json values = {{text, record.value("state", "") == "raised"}};
  if (const auto severity = record.find("severity"); severity != record.end())
    values[text + "_severity"] = *severity;
  return values;
}

bool is_gateway(const thingsboard_options& options) {
  return options.publish_as == thingsboard_options::mode::gateway;
}

tl::unexpected<unfit> unstorable(std::string where, std::string detail, std::uint32_t value_range = 0) {
  return tl::unexpected<unfit>(
      unfit{reason::sink_unstorable, std::move(where), std::move(detail), value_range});
}

// The record's device; of a keyed result the values of its key, joined by ':', and with no key at all the
// pipeline.
std::optional<std::string> device_of(const json& record) {
  if (const auto device = record.find("device"); device != record.end() && device->is_string())
    return device->get<std::string>();
  const auto key = record.find("key");
  if (key == record.end() || !key->is_object()) return std::nullopt;
  if (key->empty()) return record.value("pipeline", "");
  std::string name;
  for (const auto& value : *key) {
    if (!name.empty()) name += ':';
    name += value.is_string() ? value.get<std::string>() : value.dump();
  }
  return name;
}

} // namespace

std::string_view topic(const thingsboard_options& options, bool attributes) {
  if (attributes) return is_gateway(options) ? "v1/gateway/attributes" : "v1/devices/me/attributes";
  return is_gateway(options) ? "v1/gateway/telemetry" : "v1/devices/me/telemetry";
}

tl::expected<prepared, unfit> prepare(const thingsboard_options& options, const outbox_record& record) {
  auto parsed = json::parse(record.json, nullptr, false);
  if (!parsed.is_object()) return unstorable("", "the record is not a JSON object");
  prepared out;
  if (is_gateway(options)) {
    auto device = device_of(parsed);
    if (!device) return unstorable("$.device", "the record names no device, and a gateway sends per device");
    out.device = std::move(*device);
    if (auto wrong = bad_name(out.device); !wrong.empty())
      return unstorable(parsed.contains("key") ? "$.key" : "$.device",
                        "the device name " + std::string(wrong));
  }
  auto ts = timestamp(options, parsed);
  if (ts == nullptr) return unstorable("$", "the record has no time");
  auto values = parsed.find("values");
  if (values == parsed.end() || !values->is_object())
    return unstorable("$.values", "the record has no values");
  const auto alarm = alarm_of(parsed);
  if (!alarm.empty()) *values = alarm_values(alarm, parsed);

  std::string body;
  bool has_ts = false, has_values = false;
  auto add = [&](const std::string& key, std::string_view text) {
    has_ts |= key == "ts", has_values |= key == "values";
    body += body.empty() ? "" : ",";
    body += json_text(key);
    body += ':';
    body += text;
  };
  const auto revision_key = options.prefix + "revision";
  for (auto& [name, value] : values->items()) {
    if (value.is_null()) continue;
    auto key = options.prefix + name;
    if (auto wrong = bad_name(key); !wrong.empty())
      return unstorable("$.values", "the key " + json_text(key.substr(0, 300)) + " " + std::string(wrong));
    if (value.is_number()) {
      if (auto text = number(value))
        add(key, *text);
      else
        ++out.value_range;
    } else {
      if (value.is_string() && looks_numeric(value.get_ref<const std::string&>()))
        out.numeric_texts.push_back(key);
      add(key, text_of(value));
    }
    out.revision_hidden |= options.send_revision && key == revision_key;
  }
  if (body.empty())
    return unstorable("$.values",
                      out.value_range == 0 ? "the record has no values"
                                           : "no value of the record is a number it can store",
                      out.value_range);
  using told = thingsboard_options::told;
  if (!alarm.empty() && options.alarms != told::telemetry) {
    out.attributes = "{" + body + "}";
    out.order = "attributes|" + out.device + "|" + options.prefix + alarm;
  }
  if (options.send_revision && !out.revision_hidden) {
    if (auto wrong = bad_name(revision_key); !wrong.empty())
      return unstorable("$.values",
                        "the key " + json_text(revision_key.substr(0, 300)) + " " + std::string(wrong));
    add(revision_key, std::to_string(record.revision));
  }
  if (has_ts && has_values)
    return unstorable("$.values", "the keys ts and values together make ThingsBoard lose the record",
                      out.value_range);
  out.element = "{\"ts\":" + text_of(*ts) + ",\"values\":{" + body + "}}"; // attributes are shorter
  if (auto bytes = packet_bytes(options, out.device, out.element.size(), 1); bytes > options.max_packet)
    return tl::unexpected<unfit>(unfit{reason::sink_too_large, "",
                                       "one record makes a packet of " + std::to_string(bytes) +
                                           " bytes (want at most " + std::to_string(options.max_packet) + ")",
                                       out.value_range});
  if (!out.attributes.empty() && options.alarms == told::attributes) out.element.clear();
  return out;
}

std::size_t packet_bytes(const thingsboard_options& options, std::string_view device,
                         std::size_t element_bytes, std::size_t count) {
  // MQTT 5, 3.3: fixed header of at most 5 bytes, topic with its length, packet id, an empty property list.
  auto header = 5 + 2 + topic(options).size() + 2 + 1;
  auto wrapping = 2 + (count > 0 ? count - 1 : 0); // [ , ]
  if (is_gateway(options)) wrapping += json_text(device).size() + 3;
  return header + wrapping + element_bytes;
}

std::string assemble(const thingsboard_options& options, const std::vector<const prepared*>& records) {
  std::string list;
  for (auto record : records) {
    list += list.empty() ? "[" : ",";
    list += record->element;
  }
  list += ']';
  return is_gateway(options) ? "{" + json_text(records.front()->device) + ":" + list + "}" : list;
}

std::string assemble_attributes(const thingsboard_options& options, const prepared& record) {
  return is_gateway(options) ? "{" + json_text(record.device) + ":" + record.attributes + "}"
                             : record.attributes;
}

} // namespace sluice::thingsboard
