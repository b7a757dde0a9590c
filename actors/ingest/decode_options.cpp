// The declaration of `decode:` of a source.
#include "actors/ingest/decode_options.hpp"

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
