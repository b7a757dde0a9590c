// The declaration of `json:` of a source's `decode:`.
#include "actors/ingest/decode/declaration.hpp"
#include "actors/ingest/decode/event_declaration.hpp"

namespace sluice {

using namespace config;

namespace {

option_kind<std::string> each_kind() {
  return text(
      [](const std::string& path) -> std::optional<refusal> {
        const auto made = json_path::parse_each(path);
        if (made) return std::nullopt;
        return refusal{"is not a path of an array: " + made.error().text, "e.g. $.readings[*]"};
      },
      "$.a.b[*] or $[*]", "path");
}

// $$ is there only where $ is an element; the rest of a path cannot lead through the array itself.
void check_outer(const yaml_node& map, const json_options& json, reader& in) {
  const auto one = [&](const yaml_node* node) {
    if (node == nullptr) return;
    if (node->is_map()) node = node->value("path");
    if (node == nullptr || !node->is_scalar() || node->text.substr(0, 2) != "$$") return;
    if (json.each.empty())
      in.out.error(node->at, "a path begins with $$, and the payload is one event", show(*node),
                   "$, or each: beside it");
    else if (json.each == "$[*]")
      in.out.error(node->at, "around an array that is the whole payload is nothing", show(*node), "$");
  };
  for (const auto* key : {"time", "sequence", "device"}) one(map.value(key));
  if (const auto* fields = map.value("fields"))
    for (const auto& entry : fields->entries) one(&entry.value);
  const auto *flatten = map.value("flatten"), *fields = map.value("fields");
  if (flatten != nullptr && fields != nullptr)
    in.out.warning(flatten->at, "json.flatten is not used: fields names what is taken");
}

} // namespace

options<json_options> json_table() {
  using naming = gatherer::naming;
  auto table = options<json_options>("json");
  table
      .add({"each",
            "Where an array stands whose elements are the events, each with its own dead letter. Paths that "
            "begin "
            "with $ then lead into the element, and with $$ into the payload around the array.",
            "$.readings[*]"},
           &json_options::each, each_kind())
      .add({"time",
            "When it happened: numbers are milliseconds since 1970 UTC unless `unit` says otherwise, texts "
            "are RFC 3339 unless `format` says otherwise; arrival = when we received it.",
            "$.time"},
           &json_options::time, time_kind(naming::path))
      .add({"sequence",
            "A number that grows by one with each reading of a device: duplicates are recognised by it.",
            "$.seq"},
           &json_options::sequence_path, place_kind(naming::path))
      .add({"device",
            "Where the device stands in the payload; without it {device} of the topic is the device.",
            "$.id"},
           &json_options::device_path, place_kind(naming::path))
      .add({"fields",
            "The fields of an event, by name, and what they must be; without it every number, boolean and "
            "text of "
            "the payload.",
            "{ temperature: $.t, humidity: $.climate.rh }"},
           &json_options::fields, fields_kind(naming::path))
      .add({"flatten",
            "Without `fields`: how many levels of nested objects become fields, named by their keys joined "
            "with _ "
            "(climate_rh); 1 = the top level only. At most 1000 names are taken from the payloads of a "
            "source.",
            "2"},
           &json_options::flatten, whole_number<unsigned>(1, 8))
      .add({"max_depth", "Deepest nesting of a payload; deeper is dead letter `json.depth`.", "32"},
           &json_options::max_depth, whole_number<unsigned>(1, 1000))
      .add({"max_keys", "Most keys of an event; more is dead letter `json.keys`.", "1000"},
           &json_options::max_keys, whole_number<unsigned>(1, 100'000));
  table.check([](const yaml_node& map, const json_options& json, reader& in) {
    warn_arrival(map, json.time, in);
    check_outer(map, json, in);
  });
  return table;
}

} // namespace sluice
