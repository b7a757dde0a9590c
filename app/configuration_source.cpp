#include "app/configuration_source.hpp"

#include <string>

#include "actors/ingest/decode/declaration.hpp"
#include "app/yaml_places.hpp"

namespace sluice {

using namespace config;

namespace {

// The options of the format in force: decode.json, or what stands behind decode.lines.
const yaml_entry* format_of(const yaml_node& source) {
  const auto* decode = source.value("decode");
  if (decode != nullptr && decode->value("lines") != nullptr) decode = decode->value("lines");
  if (decode == nullptr) return nullptr;
  for (const auto& row : format_rows())
    if (row.kind != "lines")
      if (const auto* entry = decode->find(row.kind)) return entry;
  return nullptr;
}

// The list of the topics or paths of a source.
const yaml_node& places_of(const source_options& s, const yaml_node& node) {
  return s.mqtt() != nullptr    ? value_at(node, {"mqtt", "topics"})
         : s.kafka() != nullptr ? value_at(node, {"kafka", "topics"})
                                : value_at(node, {"file", "path"});
}

// Calls take(place, number, word) for each of them as it was read: word is topic or path.
template <class Take> void each_place(const source_options& s, Take take) {
  const auto all = [&take](const auto& places, const std::string& word) {
    for (std::size_t i = 0; i < places.size(); ++i) take(places[i], i, word);
  };
  if (const auto* mqtt = s.mqtt()) all(mqtt->topics, "topic");
  if (const auto* kafka = s.kafka()) all(kafka->topics, "topic");
  if (const auto* file = s.file()) all(file->paths, "path");
}

// Every event needs a device: from {device} in its topic or path, or from the payload.
void check_device(const source_options& s, const yaml_node& node, report& out) {
  const bool path = s.file() != nullptr;
  if (s.mqtt() == nullptr && s.kafka() == nullptr && !path) return;
  const auto& topics = places_of(s, node);
  const auto* format = format_of(node);
  const bool option =
      s.decode.kind != decode_options::format::raw && s.decode.kind != decode_options::format::value;
  if (format == nullptr || format->value.find("device") != nullptr || s.decode.names_device()) return;
  if (!topics.is_scalar() && !topics.is_sequence()) return; // topics are missing, and that is said
  const auto count = topics.is_sequence() ? topics.items.size() : 1;
  for (std::size_t i = 0; i < count; ++i) {
    const auto& item = item_of(topics, i);
    const auto lacks = [&](const auto& parsed, const std::string& topic) {
      if (!item.unset && parsed && !parsed->has("device"))
        out.error(item.at, "events of this " + topic + " have no device", show(item),
                  "{device} in the " + topic + (option ? ", or decode." + format->key.text + ".device" : ""));
    };
    if (path)
      lacks(path_pattern::parse(item.text), "path");
    else
      lacks(topic_template::parse(item.text), "topic");
  }
}

// A bare value needs a name: from {field} in its topic, or from the configuration.
void check_value_name(const source_options& s, const yaml_node& node, report& out) {
  if (s.decode.kind != decode_options::format::value || !s.decode.value.field.empty()) return;
  const auto* format = format_of(node);
  if (format == nullptr || format->value.find("field") != nullptr) return;
  each_place(s, [&](const auto& place, std::size_t i, const std::string& topic) {
    const auto& item = item_of(places_of(s, node), i);
    if (!place.has("field"))
      out.error(item.at, "values of this " + topic + " have no name", show(item),
                "{field} in the " + topic + ", or decode.value.field");
  });
}

// A name must not come from the topic or path and from a map of fields.
void check_twice(const source_options& s, const yaml_node& map, report& out) {
  for (const auto& entry : map.entries)
    each_place(s, [&](const auto& place, std::size_t, const std::string& topic) {
      if (place.has(entry.key.text))
        out.error(entry.key.at, "two fields have one name", in_quotes(entry.key.text),
                  "another name than {" + entry.key.text + "} of the " + topic);
    });
}

} // namespace

void check_source(const source_options& s, const yaml_node& node, report& out) {
  check_device(s, node, out);
  check_value_name(s, node, out);
  const auto* format = format_of(node);
  if (const auto* fields = format == nullptr ? nullptr : format->value.value("fields"))
    check_twice(s, *fields, out);
  const auto* time = format == nullptr ? nullptr : format->value.value("time");
  if (s.decode.event().time.record && s.kafka() == nullptr && time != nullptr)
    out.error(time->at, "only records of Kafka carry a time of their own", show(*time), "another time");
  if (const auto* properties = value_at(node, {"decode"}).value("properties"))
    check_twice(s, *properties, out);
}

} // namespace sluice
