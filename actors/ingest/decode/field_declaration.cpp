// The contracts of fields: what they must be, in which unit and range.
#include <algorithm>

#include "actors/ingest/decode/event_declaration.hpp"
#include "actors/ingest/decode/text_value.hpp"
#include "actors/ingest/decode/units.hpp"

namespace sluice {

using namespace config;
using naming = gatherer::naming;

namespace {

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

} // namespace sluice
