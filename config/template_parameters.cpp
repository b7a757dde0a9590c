// Types of parameters and the judging of values.
#include "config/template_parameters.hpp"

#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>

#include "config/option_kinds.hpp"
#include "config/templates.hpp"

namespace sluice::config {

namespace {

bool is_number(const std::string& text) {
  double value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  return code == std::errc() && end == text.data() + text.size() && std::isfinite(value);
}

// True iff `value` is of the type; else that is reported.
bool fits(const yaml_node& value, const std::string& type, const std::string& where, reader& in) {
  if (value.unset || type.empty()) return true;
  using limits = std::numeric_limits<std::int64_t>;
  constexpr auto longest = std::chrono::milliseconds(limits::max());
  about what{where, "", type == "duration" ? "5m" : type == "size" ? "64KiB" : "north"};
  const auto before = in.out.errors();
  if (type == "integer") {
    read_integer(value, where, limits::min(), limits::max(), what, in);
  } else if (type == "duration") {
    read_duration(value, where, std::chrono::milliseconds(0), longest, "", what, in);
  } else if (type == "size") {
    read_size(value, where, 0, std::numeric_limits<std::uint64_t>::max(), what, in);
  } else if (type == "boolean") {
    bool ignored = false;
    yes_or_no().read(value, ignored, where, what, in);
  } else if (type == "number") {
    const auto text = read_scalar(value, where, "a number", "e.g. 1.5", what, in);
    if (text && !is_number(*text)) refuse(value, where, "is not a number", "e.g. 1.5", what, in);
  } else {
    std::string ignored;
    text().read(value, ignored, where, what, in);
  }
  return in.out.errors() == before;
}

option_kind<std::optional<yaml_node>> any_scalar() {
  option_kind<std::optional<yaml_node>> kind;
  kind.type = "value of the type";
  kind.read = [](const yaml_node& node, std::optional<yaml_node>& into, const std::string& where,
                 const about& option, reader& in) {
    if (read_scalar(node, where, "a value", "a text, a number or the like", option, in)) into = node;
  };
  kind.print = [](const std::optional<yaml_node>& value, const secret_values&) {
    return value ? *value : yaml_node();
  };
  return kind;
}

struct declaration {
  std::string type;
  std::optional<yaml_node> fallback;
  std::string description;
};

option_kind<std::string> type_kind() {
  return text(
      [](const std::string& type) -> std::optional<refusal> {
        const auto& all = parameter_types();
        if (std::find(all.begin(), all.end(), type) != all.end()) return std::nullopt;
        return refusal{"is no type" + did_you_mean(type, all), "one of " + list_of_names(all)};
      },
      "text, number, integer, boolean, duration, size", "type");
}

template_parameter read_parameter(const yaml_entry& entry, const std::string& where, reader& in) {
  const about type{"type", "What a value must be.", "duration", required};
  declaration made;
  if (entry.value.is_map())
    options<declaration>(where)
        .add(type, &declaration::type, type_kind())
        .add({"default", "The value where a use gives none.", "1m"}, &declaration::fallback, any_scalar())
        .add({"description", "For people.", "Length of the window."}, &declaration::description, text())
        .read(entry.value, made, in);
  else
    type_kind().read(entry.value, made.type, where, type, in);
  if (made.fallback && !fits(*made.fallback, made.type, where + ".default", in)) made.fallback->unset = true;
  return {entry.key, made.type, made.fallback};
}

} // namespace

const std::vector<std::string>& parameter_types() {
  static const std::vector<std::string> types{"text", "number", "integer", "boolean", "duration", "size"};
  return types;
}

std::vector<template_parameter> read_parameters(const yaml_node& map, const std::string& where, reader& in) {
  std::vector<template_parameter> all;
  if (map.is_null()) return all;
  if (!map.is_map()) {
    in.out.error(map.at, where + " is not a map", show(map), "NAME: TYPE");
    return all;
  }
  for (const auto& entry : map.entries) {
    if (!is_component_name(entry.key.text))
      in.out.error(entry.key.at, "a bad name for a parameter", in_quotes(entry.key.text),
                   "letters, digits, _ and -, at most 64");
    all.push_back(read_parameter(entry, where + "." + entry.key.text, in));
  }
  return all;
}

std::map<std::string, yaml_node> read_arguments(const yaml_node& map, const std::string& where,
                                                const std::vector<template_parameter>& parameters,
                                                reader& in) {
  std::map<std::string, yaml_node> values;
  std::vector<std::string> names;
  for (const auto& p : parameters) names.push_back(p.key.text);
  yaml_node unset;
  unset.unset = true;
  for (const auto& name : names) values[name] = unset;
  if (!check_keys(map, where, names, in)) return values;
  for (const auto& p : parameters) {
    const auto& name = p.key.text;
    if (const auto* given = map.value(name)) {
      if (fits(*given, p.type, where + "." + name, in)) values[name] = *given;
    } else if (p.fallback) {
      values[name] = *p.fallback;
    } else if (!p.type.empty() && !mistyped(map, names, name)) {
      in.out.error(map.at, where + "." + name + " is missing", "nothing", "a " + p.type);
    }
  }
  return values;
}

} // namespace sluice::config
