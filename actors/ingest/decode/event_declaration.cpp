#include "actors/ingest/decode/event_declaration.hpp"

#include <algorithm>
#include <cmath>

#include "actors/ingest/decode/text_value.hpp"
#include "actors/ingest/decode/units.hpp"
#include "config/time_zone.hpp"

namespace sluice {

using namespace config;
using naming = gatherer::naming;

namespace {

const char* key_of(naming how) {
  return how == naming::path ? "path" : "column";
}

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

// -- fields

option_kind<std::string> unit_kind() {
  return text(
      [](const std::string& name) -> std::optional<refusal> {
        if (find_unit(name) != nullptr) return std::nullopt;
        return refusal{"is not a known unit" + did_you_mean(name, unit_names()),
                       "one of the units of the reference"};
      },
      list_of_names(unit_names()), "unit");
}

// [low, high], either of them null.
option_kind<field_path> range_kind() {
  option_kind<field_path> kind;
  kind.type = "list of two numbers";
  kind.bounds = "[low, high], both included; null = no bound";
  kind.read = [](const yaml_node& node, field_path& into, const std::string& where, const about& option,
                 reader& in) {
    const std::string want = "e.g. [-40, 85]";
    if (!node.is_sequence() || node.items.size() != 2)
      return refuse(node, where, "is not a list of two numbers", want, option, in);
    std::optional<double> bounds[2];
    for (std::size_t i = 0; i < 2; ++i) {
      const auto& item = node.items[i];
      if (item.is_null() || item.unset || (item.is_scalar() && !item.quoted && item.text == "null")) continue;
      const auto v = item.is_scalar() ? guess_number(item.text, '.') : found_value{};
      if (v.what == found_value::kind::missing)
        return refuse(item, where, "has a bound that is no number", want + " or null", option, in);
      bounds[i] =
          v.what == found_value::kind::integer ? static_cast<double>(v.value.integer()) : v.value.number();
    }
    if (bounds[0] && bounds[1] && *bounds[0] > *bounds[1])
      return refuse(node, where, "is reversed", "the lower bound first", option, in);
    if (!bounds[0] && !bounds[1]) return refuse(node, where, "has no bound", want, option, in);
    into.low = bounds[0], into.high = bounds[1];
  };
  kind.print = [](const field_path& field, const secret_values&) {
    if (!field.low && !field.high) return yaml_node();
    auto list = yaml_node::sequence();
    for (const auto& bound : {field.low, field.high}) {
      found_value v{found_value::kind::number, slot::of(bound.value_or(0)), {}};
      list.items.push_back(bound ? yaml_node::scalar(describe(v)) : yaml_node::scalar("null"));
    }
    return list;
  };
  return kind;
}

bool is_numeric(value_type type) {
  return type == value_type::missing || type == value_type::number || type == value_type::integer;
}

void check_field(const yaml_node& map, const field_path& field, reader& in) {
  const auto *unit = map.value("unit"), *from = map.value("from"), *range = map.value("range");
  const auto *type = map.value("type"), *bad = map.value("on_bad");
  if (!is_numeric(field.type))
    for (const auto* node : {unit, from, range})
      if (node != nullptr)
        in.out.error(node->at, std::string("a ") + to_string(field.type) + " has no unit and no range",
                     show(*node), "type: double or integer");
  if (from != nullptr && unit == nullptr)
    in.out.error(from->at, "from: is without unit:", show(*from), "unit: beside it, what it is turned into");
  const auto *a = find_unit(field.from), *b = find_unit(field.unit);
  if (a != nullptr && b != nullptr && a->quantity != b->quantity)
    in.out.error(from->at, "no " + std::string(b->quantity) + " can be made of it", show(*from),
                 "one of " + units_like(*b));
  else if (a != nullptr && b != nullptr && a != b && field.type == value_type::integer)
    in.out.error(type->at, "what is converted is no integer", show(*type), "type: double");
  if (bad != nullptr && type == nullptr && range == nullptr && from == nullptr)
    in.out.warning(bad->at, "on_bad has nothing to judge: the field has no type, from or range");
}

options<field_path> contract_table(naming how) {
  const auto self = [](auto& field) -> auto& {
    return field;
  };
  auto table =
      options<field_path>("fields.NAME")
          .add({key_of(how), "Where it stands; without it under its own name.",
                how == naming::path ? "$.t" : "Temperature"},
               &field_path::path, place_kind(how))
          .add({"type",
                "What it must be. A text that is one number is a number, 21.0 is an integer, true, false, 0 "
                "and 1 are "
                "booleans, everything can be text; anything else is dead letter `field.type`.",
                "double", false, false, "as found"},
               &field_path::type,
               choice<value_type>({{"double", value_type::number},
                                   {"integer", value_type::integer},
                                   {"boolean", value_type::boolean},
                                   {"text", value_type::text}}))
          .add({"unit", "Its unit in events and results.", "Cel"}, &field_path::unit, unit_kind())
          .add({"from", "Its unit in the payload, where it is another one: it is converted, into a double.",
                "degF"},
               &field_path::from, unit_kind())
          .add({"range", "What it must lie in, in `unit`; else dead letter `field.range`.", "[-40, 85]"},
               self, range_kind())
          .add({"on_bad",
                "What a value of another type or outside the range does: the event is a dead letter, or goes "
                "on "
                "without the field (counted `bad_fields`).",
                "missing"},
               &field_path::missing_when_bad, choice<bool>({{"dead_letter", false}, {"missing", true}}));
  table.check(check_field);
  return table;
}

} // namespace

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
  kind.type = key + ", map or `arrival`";
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
      if (*value == "arrival") {
        into = {};
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
    return time.arrival ? yaml_node::scalar("arrival") : table.print(time, secrets);
  };
  return kind;
}

option_kind<std::vector<field_path>> fields_kind(naming how) {
  option_kind<std::vector<field_path>> kind;
  const std::string key = key_of(how);
  kind.type = "map of fields";
  kind.bounds = "at least one";
  const auto table = contract_table(how);
  option_info one{{"NAME", "One field.", how == naming::path ? "$.t" : "Temperature"},
                  key + " or map",
                  "",
                  "",
                  table.infos()};
  kind.nested = {std::move(one)};
  kind.read = [table, how, key](const yaml_node& node, std::vector<field_path>& into,
                                const std::string& where, const about& option, reader& in) {
    if (!node.is_map() || node.entries.empty())
      return refuse(node, where, "is not a map of " + key + "s",
                    how == naming::path ? "e.g. { temperature: $.t }" : "e.g. { temperature: Temperature }",
                    option, in);
    into.clear();
    for (const auto& [name, value] : node.entries) {
      if (!is_field_name(name.text))
        in.out.error(name.at, where + " has a bad name", in_quotes(name.text), field_name_rule);
      if (value.unset) continue;
      field_path field{name.text, ""};
      if (value.is_map()) {
        auto named = options<field_path>(where + "." + name.text);
        named.include(
            table, [](auto& f) -> auto& { return f; });
        named.read(value, field, in);
      } else {
        about one = option;
        one.example = how == naming::path ? "$.t" : "Temperature";
        place_kind(how).read(value, field.path, where + "." + name.text, one, in);
      }
      if (field.path.empty()) field.path = how == naming::path ? path_text("", name.text) : name.text;
      into.push_back(std::move(field));
    }
  };
  kind.print = [table, key](const std::vector<field_path>& fields, const secret_values& secrets) {
    auto map = yaml_node::map();
    for (const auto& f : fields) {
      auto contract = table.print(f, secrets);
      std::erase_if(contract.entries, [&key](const yaml_entry& e) {
        return e.key.text != key && (e.value.is_null() || (e.value.is_scalar() && e.value.text.empty()));
      });
      const bool short_form = f.type == value_type::missing && f.unit.empty() && !f.low && !f.high;
      map.entries.push_back(
          yaml_entry{yaml_node::words(f.name), short_form ? yaml_node::words(f.path) : std::move(contract)});
    }
    return map;
  };
  return kind;
}

void warn_arrival(const yaml_node& map, const time_options& time, reader& in) {
  const auto* node = map.value("time");
  if (!time.arrival || (node != nullptr && node->text != "arrival")) return;
  in.out.warning(
      node == nullptr ? map.at : node->at,
      "events get their time of arrival: windows then depend on when messages come, and results say "
      "\"time_source\":\"arrival\"");
}

} // namespace sluice
