// Declarations of `mqtt:` and `decode:` of a source.
#include "actors/ingest/source_options.hpp"

#include <algorithm>

#include "actors/ingest/json_path.hpp"
#include "config/option_kinds.hpp"

namespace sluice {

namespace {

using namespace std::chrono_literals;
using namespace config;

// What is wrong with a path into a payload; nullopt = nothing.
std::optional<refusal> bad_path(const std::string& text) {
  auto path = json_path::parse(text);
  if (path) return std::nullopt;
  return refusal{"is not a path: " + path.error().text, "e.g. $.time"};
}

option_kind<std::string> path_kind() {
  return text(bad_path, "$.a.b or $[\"odd name\"]", "path");
}

option_kind<topic_template> topic_kind() {
  return parsed_text<topic_template>(
      "topic", "e.g. \"plant/{device}/climate\"",
      [](const std::string& t) { return topic_template::parse(t); },
      [](const topic_template& t) { return t.text(); });
}

// Two subscriptions of one session that match one topic: the same message may come twice, with two packet
// ids.
void check_topics(const yaml_node& map, const mqtt_source_options& mqtt, reader& in) {
  const auto* node = map.value("topics");
  if (node == nullptr) return;
  const auto place_of = [&](std::size_t i) {
    return node->is_sequence() && node->items.size() == mqtt.topics.size() ? node->items[i].at : node->at;
  };
  for (std::size_t i = 0; i < mqtt.topics.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const auto &a = mqtt.topics[j], &b = mqtt.topics[i];
      if (a.filter() == b.filter())
        in.out.error(place_of(i), "mqtt.topics subscribes twice to the same", in_quotes(b.text()),
                     "each once; " + in_quotes(a.text()) + " stands before it");
      else if (overlap(a, b))
        in.out.warning(place_of(i),
                       "mqtt.topics overlap: a broker may deliver a message twice that matches both " +
                           in_quotes(a.text()) + " and " + in_quotes(b.text()));
    }
  }
  if (mqtt.qos == 0)
    in.out.warning(map.value("qos") != nullptr ? map.value("qos")->at : map.at,
                   "mqtt.qos 0: the broker keeps nothing for us, so what it sends while we are away is lost");
}

// time: $.t | { path, unit } | arrival
option_kind<time_options> time_kind() {
  option_kind<time_options> kind;
  kind.type = "path, map or `arrival`";
  kind.bounds = "path, { path, unit: ms, s, us, ns }";
  static const auto table =
      options<time_options>("json.time")
          .add({"path", "Where the time stands.", "$.t", required}, &time_options::path, path_kind())
          .add({"unit", "Unit of a numeric time.", "s"}, &time_options::unit,
               choice<time_unit>({{"ms", time_unit::ms},
                                  {"s", time_unit::s},
                                  {"us", time_unit::us},
                                  {"ns", time_unit::ns}}));
  kind.read = [](const yaml_node& node, time_options& into, const std::string& where, const about& option,
                 reader& in) {
    time_options made;
    if (node.is_map()) {
      table.read(node, made, in);
    } else {
      const auto value =
          read_scalar(node, where, "a path", "e.g. $.time, { path, unit } or arrival", option, in);
      if (!value) return;
      if (*value == "arrival") {
        into = {};
        return;
      }
      if (const auto bad = bad_path(*value))
        return refuse(node, where, bad->what, "e.g. $.time or arrival", option, in);
      made.path = *value;
    }
    made.arrival = false;
    into = made;
  };
  kind.print = [](const time_options& time, const secret_values& secrets) {
    return time.arrival ? yaml_node::scalar("arrival") : table.print(time, secrets);
  };
  return kind;
}

option_kind<std::vector<field_path>> fields_kind() {
  option_kind<std::vector<field_path>> kind;
  kind.type = "map of name to path";
  kind.bounds = "at least one";
  kind.read = [](const yaml_node& node, std::vector<field_path>& into, const std::string& where,
                 const about& option, reader& in) {
    const std::string want = "e.g. { temperature: $.t }";
    if (!node.is_map() || node.entries.empty())
      return refuse(node, where, "is not a map of paths", want, option, in);
    into.clear();
    for (const auto& [key, value] : node.entries) {
      if (!is_field_name(key.text))
        in.out.error(key.at, where + " has a bad name", in_quotes(key.text), field_name_rule);
      if (value.unset) continue;
      about one = option;
      one.example = "$.t";
      field_path field{key.text, ""};
      path_kind().read(value, field.path, where + "." + key.text, one, in);
      into.push_back(std::move(field));
    }
  };
  kind.print = [](const std::vector<field_path>& fields, const secret_values&) {
    auto map = yaml_node::map();
    for (const auto& f : fields) map.entries.push_back({yaml_node::words(f.name), yaml_node::words(f.path)});
    return map;
  };
  return kind;
}

options<json_options> json_table() {
  auto table = options<json_options>("json");
  table
      .add({"time",
            "When it happened: numbers are milliseconds since 1970 UTC unless `unit` says otherwise, texts "
            "are "
            "RFC 3339; arrival = when we received it.",
            "$.time"},
           &json_options::time, time_kind())
      .add({"sequence",
            "A number that grows by one with each reading of a device: duplicates are recognised by it.",
            "$.seq"},
           &json_options::sequence_path, path_kind())
      .add({"device",
            "Where the device stands in the payload; without it {device} of the topic is the device.",
            "$.id"},
           &json_options::device_path, path_kind())
      .add({"fields",
            "The fields of an event, by name; without it every number, boolean and string of the payload.",
            "{ temperature: $.t, humidity: $.climate.rh }"},
           &json_options::fields, fields_kind())
      .add({"max_depth", "Deepest nesting of a payload; deeper is dead letter `json.depth`.", "32"},
           &json_options::max_depth, whole_number<unsigned>(1, 1000))
      .add({"max_keys", "Most keys of a payload; more is dead letter `json.keys`.", "1000"},
           &json_options::max_keys, whole_number<unsigned>(1, 100'000));
  table.check([](const yaml_node& map, const json_options& json, reader& in) {
    const auto* time = map.value("time");
    if (json.time.arrival && (time == nullptr || time->text == "arrival"))
      in.out.warning(
          time == nullptr ? map.at : time->at,
          "events get their time of arrival: windows then depend on when messages come, and results say "
          "\"time_source\":\"arrival\"");
  });
  return table;
}

} // namespace

const options<mqtt_source_options>& mqtt_source_table() {
  static const auto table = [] {
    const auto connection = &mqtt_source_options::connection;
    auto session =
        options<mqtt_connection_options>("mqtt")
            .add(
                {"session_expiry",
                 "How long the broker keeps our session and its messages while we are away; 0s = no session.",
                 "7d"},
                &mqtt_connection_options::session_expiry, duration<std::chrono::seconds>(0s, 24h * 3650))
            .add({"receive_maximum", "Most unacknowledged messages the broker may have under way to us.",
                  "1000"},
                 &mqtt_connection_options::receive_maximum, whole_number<unsigned>(1, 65535));
    auto made = options<mqtt_source_options>("mqtt");
    made.include(mqtt_server_table(), connection)
        .add({"topics",
              "What to subscribe: {name} is one level and becomes a field, {device} is the key, {rest...} at "
              "the end "
              "takes all further levels; $share/GROUP/ in front shares the load.",
              "[\"plant/{site}/{device}/climate\"]", required},
             &mqtt_source_options::topics, one_or_list(topic_kind()))
        .add({"qos", "1 = acknowledged once it is in the journal; 0 = the broker may lose it.", "1"},
             &mqtt_source_options::qos,
             choice<int>(
                 {{"0", 0}, {"1", 1}},
                 {{"2",
                   "2 is not offered: a PUBACK of QoS 1 already means kept, and duplicates are recognised "
                   "by DUP and sequence"}}))
        .include(mqtt_login_table(), connection)
        .include(session, connection)
        .add({"max_message", "Longest payload; a longer one is dead letter `message.too_large`.", "256KiB"},
             &mqtt_source_options::max_message, size<std::size_t>(1, 256u << 20))
        .add({"retained", "Whether retained messages are taken when we subscribe.", "ignore"},
             &mqtt_source_options::accept_retained, choice<bool>({{"accept", true}, {"ignore", false}}));
    made.check(check_topics);
    return made;
  }();
  return table;
}

const options<decode_options>& decode_table() {
  static const auto table =
      options<decode_options>("decode")
          .add({"json", "The payload is JSON.", "{ time: $.time, sequence: $.seq }", required},
               &decode_options::json, map_of(json_table()))
          .add({"future",
                "An event later than now by more than this is dead letter `time.future`; off for back-fill.",
                "5m"},
               &decode_options::future, duration_or("off", 0ms, 24h * 3660))
          .add({"oldest", "An event before this date is dead letter `time.ancient`.", "2000-01-01"},
               &decode_options::oldest_ms,
               parsed_text<std::int64_t>(
                   "date", "e.g. 2000-01-01 or 2000-01-01T00:00:00Z",
                   [](const std::string& text) -> outcome<std::int64_t> {
                     if (const auto ms = parse_date(text)) return *ms;
                     return fail(ec::invalid, "no such day or form");
                   },
                   [](const std::int64_t& ms) { return format_date(ms); }));
  return table;
}

} // namespace sluice
