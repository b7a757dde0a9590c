// The declarations of `value:`, `senml:` and `raw:` of a source's `decode:`.
#include "actors/ingest/decode/declaration.hpp"
#include "actors/ingest/decode/event_declaration.hpp"

namespace sluice {

using namespace config;

namespace {

using naming = gatherer::naming;
using device_from = senml_options::device_from;

// topic | base_name | entry:NAME
option_kind<senml_options> senml_device_kind() {
  option_kind<senml_options> kind;
  kind.type = "text";
  kind.bounds = "topic, base_name, entry:NAME";
  kind.read = [](const yaml_node& node, senml_options& into, const std::string& where, const about& option,
                 reader& in) {
    const std::string want = "topic, base_name, or the name of an entry as in \"entry:source\"";
    const auto text = read_scalar(node, where, "a choice", want, option, in);
    if (!text) return;
    constexpr std::string_view entry = "entry:";
    if (*text == "topic")
      into.device = device_from::topic;
    else if (*text == "base_name")
      into.device = device_from::base_name;
    else if (text->size() > entry.size() && text->compare(0, entry.size(), entry) == 0)
      into.device = device_from::entry, into.entry = text->substr(entry.size());
    else
      refuse(node, where, "is none of its values" + did_you_mean(*text, {"topic", "base_name"}), want, option,
             in);
  };
  kind.print = [](const senml_options& from, const secret_values&) {
    return from.device == device_from::topic       ? yaml_node::scalar("topic")
           : from.device == device_from::base_name ? yaml_node::scalar("base_name")
                                                   : yaml_node::words("entry:" + from.entry);
  };
  return kind;
}

} // namespace

options<value_options> value_table() {
  auto table = options<value_options>("value");
  table
      .add({"field", "The name of the field; without it the level {field} of the topic names it.",
            "temperature"},
           &value_options::field,
           text(
               [](const std::string& name) -> std::optional<refusal> {
                 if (is_field_name(name)) return std::nullopt;
                 return refusal{"is a bad name", std::string(field_name_rule)};
               },
               "a name", "name"))
      .add({"fields",
            "What the fields must be, by name; a field that is none of them is left out (counted "
            "`unknown_fields`).",
            "{ temperature: { type: double, unit: Cel, from: degF } }"},
           &value_options::fields, fields_kind(naming::column));
  return table;
}

options<senml_options> senml_table() {
  const auto self = [](auto& senml) -> auto& {
    return senml;
  };
  auto table = options<senml_options>("senml");
  table
      .add({"device",
            "What names the device: {device} of the topic, the base name (without : or / at its end), or the "
            "text of "
            "an entry.",
            "\"entry:source\""},
           self, senml_device_kind())
      .add({"fields",
            "The fields of an event, by name, and what they must be; without it every entry is one. `column` "
            "is the "
            "entry's name.",
            "{ temperature: { type: double, range: [-40, 85] } }"},
           &senml_options::fields, fields_kind(naming::column))
      .add(
          {"unit", "Unit of the times in the object form {\"e\":[..],\"bt\":..}; RFC 8428 has seconds.", "s"},
          &senml_options::base_unit,
          choice<time_unit>(
              {{"ms", time_unit::ms}, {"s", time_unit::s}, {"us", time_unit::us}, {"ns", time_unit::ns}}))
      .add({"after",
            "The SenML begins behind the first of these; what stands before it is left out, as in "
            "`1422748800000,{\"e\":[..]}`.",
            "\",\""},
           &senml_options::after, text());
  return table;
}

options<raw_options> raw_table() {
  return options<raw_options>("raw")
      .add({"topic", "The topic of the message as the field topic.", "true"}, &raw_options::topic,
           yes_or_no())
      .add({"properties",
            "User properties (MQTT 5) or headers (Kafka) as the field properties, a JSON list of names and "
            "texts: sinks with `payload: raw` send them on.",
            "true"},
           &raw_options::properties, yes_or_no());
}

} // namespace sluice
