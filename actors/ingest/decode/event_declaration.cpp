// Places and times of events.
#include "actors/ingest/decode/event_declaration.hpp"

#include "config/time_zone.hpp"

namespace sluice {

using namespace config;
using naming = gatherer::naming;

namespace {

option_kind<std::string> format_kind() {
  return text(
      [](const std::string& format) -> std::optional<refusal> {
        const auto bad = bad_time_format(format);
        if (bad.empty()) return std::nullopt;
        return refusal{bad, "strptime's letters, e.g. \"%d.%m.%Y %H:%M\""};
      },
      "%Y %m %d %H %M %S, %z and others of strptime", "time format");
}

option_kind<std::string> zone_kind() {
  return text(
      [](const std::string& name) -> std::optional<refusal> {
        const auto zone = time_zone::find(name);
        if (zone) return std::nullopt;
        return refusal{"is not a time zone: " + zone.error().text, "e.g. Europe/Berlin"};
      },
      "a zone of the IANA database", "time zone");
}

void check_time(const yaml_node& map, const time_options& time, reader& in) {
  const auto *unit = map.value("unit"), *zone = map.value("zone");
  if (!time.format.empty() && unit != nullptr)
    in.out.error(unit->at, "time has a unit and a format", show(*unit),
                 "unit for a number, format for a text");
  if (zone != nullptr && time.format.empty())
    in.out.error(zone->at, "time.zone is without time.format", show(*zone),
                 "format beside it: RFC 3339 carries its own offset");
  if (zone != nullptr && time.format.find("%z") != std::string::npos)
    in.out.warning(zone->at, "time.zone is never asked: %z of the format carries the offset");
}

options<time_options> time_table(naming how) {
  auto table =
      options<time_options>(how == naming::path ? "json.time" : "time")
          .add({key_of(how), "Where the time stands.", how == naming::path ? "$.t" : "date", required},
               &time_options::path, place_kind(how))
          .add(
              {"unit", "Unit of a numeric time.", "s"}, &time_options::unit,
              choice<time_unit>(
                  {{"ms", time_unit::ms}, {"s", time_unit::s}, {"us", time_unit::us}, {"ns", time_unit::ns}}))
          .add({"format", "How a text time is written; without it RFC 3339.", "\"%d.%m.%Y %H:%M\""},
               &time_options::format, format_kind())
          .add({"zone",
                "Where the clock of a text time without offset hangs. Of two times that are shown twice in "
                "autumn "
                "the first is meant, and one that is left out in spring is the moment of the change.",
                "Europe/Berlin", false, false, "UTC"},
               &time_options::zone, zone_kind());
  table.check(check_time);
  return table;
}

} // namespace

// The word for the time that a Kafka record carries.
constexpr std::string_view record_time = "kafka.timestamp";

const char* key_of(naming how) {
  return how == naming::path ? "path" : "column";
}

std::optional<refusal> bad_path(const std::string& text) {
  auto path = json_path::parse(text);
  if (path) return std::nullopt;
  return refusal{"is not a path: " + path.error().text, "e.g. $.time"};
}

option_kind<std::string> place_kind(naming how) {
  if (how == naming::path) return text(bad_path, "$.a.b or $[\"odd name\"]", "path");
  return text(nullptr, "not empty", "column");
}

option_kind<time_options> time_kind(naming how) {
  const std::string key = key_of(how);
  option_kind<time_options> kind;
  kind.type = key + ", map, `arrival` or `kafka.timestamp`";
  kind.bounds = key + ", { " + key + ", unit: ms, s, us, ns } or { " + key + ", format, zone }";
  const auto table = time_table(how);
  kind.nested = table.infos();
  kind.read = [table, how, key](const yaml_node& node, time_options& into, const std::string& where,
                                const about& option, reader& in) {
    time_options made;
    if (node.is_map()) {
      table.read(node, made, in);
    } else {
      const auto value = read_scalar(node, where, "a " + key,
                                     how == naming::path ? "e.g. $.time, { path, unit } or arrival"
                                                         : "e.g. date, { column, unit } or arrival",
                                     option, in);
      if (!value) return;
      if (*value == "arrival" || *value == record_time) {
        into = {};
        into.record = *value == record_time;
        return;
      }
      if (how == naming::path)
        if (const auto bad = bad_path(*value))
          return refuse(node, where, bad->what, "e.g. $.time or arrival", option, in);
      if (value->empty()) return refuse(node, where, "is empty", "e.g. date or arrival", option, in);
      made.path = *value;
    }
    made.arrival = false;
    into = made;
  };
  kind.print = [table](const time_options& time, const secret_values& secrets) {
    if (time.record) return yaml_node::scalar(std::string(record_time));
    return time.arrival ? yaml_node::scalar("arrival") : table.print(time, secrets);
  };
  return kind;
}

void warn_arrival(const yaml_node& map, const time_options& time, reader& in) {
  const auto* node = map.value("time");
  if (!time.arrival || time.record || (node != nullptr && node->text != "arrival")) return;
  in.out.warning(
      node == nullptr ? map.at : node->at,
      "events get their time of arrival: windows then depend on when messages come, and results say "
      "\"time_source\":\"arrival\"");
}

} // namespace sluice
