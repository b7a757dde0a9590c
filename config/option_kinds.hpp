// The kinds of options: text, number, yes or no, duration, size, choice, list.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/option.hpp"
#include "config/units.hpp"
#include "messages/errors.hpp"

namespace sluice::config {

// "WHERE WHAT (got .., want ..)" at the node.
void refuse(const yaml_node& node, const std::string& where, std::string_view what, std::string_view want,
            const about& option, reader& in);

// The text of a scalar; nullopt and a report for anything else. Adds a secret option's text to the secrets.
std::optional<std::string> read_scalar(const yaml_node& node, const std::string& where, std::string_view type,
                                       std::string_view want, const about& option, reader& in);
// A whole number within [least, most].
std::optional<std::int64_t> read_integer(const yaml_node& node, const std::string& where, std::int64_t least,
                                         std::int64_t most, const about& option, reader& in);
// A duration within [least, most]; `word` ("off", "never"; "" = none) reads as nullopt inside.
std::optional<std::optional<std::chrono::milliseconds>>
read_duration(const yaml_node& node, const std::string& where, std::chrono::milliseconds least,
              std::chrono::milliseconds most, const std::string& word, const about& option, reader& in);
std::optional<std::uint64_t> read_size(const yaml_node& node, const std::string& where, std::uint64_t least,
                                       std::uint64_t most, const about& option, reader& in);

// Says why a text is not acceptable: what is wrong with it, and what is wanted; nullopt = good.
struct refusal {
  std::string what;
  std::string want;
};
using text_check = std::function<std::optional<refusal>(const std::string&)>;

// A text; never empty unless `check` is given and says so.
option_kind<std::string> text(text_check check = nullptr, std::string bounds = "not empty",
                              std::string type = "text");

// A name of a service, component or step: letters, digits, _ and -, at most 64, the first a letter or digit.
// It becomes part of file names, client ids and status keys.
bool is_component_name(std::string_view name);
option_kind<std::string> component_name();

// A name of a field or of an output: not blank, at most 255 bytes, no control characters.
bool is_field_name(std::string_view name);
inline constexpr std::string_view field_name_rule =
    "a name that is not blank, has no control characters and at most 255 bytes";

// A text that is converted by `parse`, whose error text is what is wrong.
template <class V>
option_kind<V> parsed_text(std::string type, std::string want,
                           std::function<outcome<V>(const std::string&)> parse,
                           std::function<std::string(const V&)> print) {
  option_kind<V> kind;
  kind.type = type;
  kind.read = [type, want, parse](const yaml_node& node, V& into, const std::string& where,
                                  const about& option, reader& in) {
    const auto text = read_scalar(node, where, "a " + type, want, option, in);
    if (!text) return;
    auto value = parse(*text);
    if (value)
      into = std::move(*value);
    else
      refuse(node, where, "is not a " + type + ": " + value.error().text, want, option, in);
  };
  kind.print = [print](const V& value, const secret_values& secrets) {
    return yaml_node::words(secrets.shown(print(value)));
  };
  return kind;
}

template <class V> option_kind<V> whole_number(std::int64_t least, std::int64_t most) {
  option_kind<V> kind;
  kind.type = "whole number";
  kind.bounds = std::to_string(least) + " to " + std::to_string(most);
  kind.read = [=](const yaml_node& node, V& into, const std::string& where, const about& option, reader& in) {
    if (const auto value = read_integer(node, where, least, most, option, in)) into = static_cast<V>(*value);
  };
  kind.print = [](const V& value, const secret_values&) { return yaml_node::scalar(std::to_string(value)); };
  return kind;
}

option_kind<bool> yes_or_no();

// A map of names to texts. `bad_key` is asked for each name, `bad_value` for each name and text.
using text_pairs = std::vector<std::pair<std::string, std::string>>;
option_kind<text_pairs>
text_map(std::string example, text_check bad_key,
         std::function<std::optional<refusal>(const std::string&, const std::string&)> bad_value = nullptr);

// V: std::chrono::milliseconds or std::chrono::seconds.
template <class V = std::chrono::milliseconds>
option_kind<V> duration(std::chrono::milliseconds least, std::chrono::milliseconds most) {
  option_kind<V> kind;
  kind.type = "duration";
  kind.bounds = format_duration(least) + " to " + format_duration(most);
  kind.read = [=](const yaml_node& node, V& into, const std::string& where, const about& option, reader& in) {
    const auto value = read_duration(node, where, least, most, "", option, in);
    if (!value) return;
    into = std::chrono::duration_cast<V>(**value);
    if (std::chrono::milliseconds(into) != **value)
      refuse(node, where, "is finer than seconds", "whole seconds", option, in);
  };
  kind.print = [](const V& value, const secret_values&) { return yaml_node::scalar(format_duration(value)); };
  return kind;
}

// A duration or `word`, which is nullopt.
option_kind<std::optional<std::chrono::milliseconds>>
duration_or(std::string word, std::chrono::milliseconds least, std::chrono::milliseconds most);

template <class V = std::uint64_t> option_kind<V> size(std::uint64_t least, std::uint64_t most) {
  option_kind<V> kind;
  kind.type = "size";
  kind.bounds = format_size(least) + " to " + format_size(most);
  kind.read = [=](const yaml_node& node, V& into, const std::string& where, const about& option, reader& in) {
    if (const auto value = read_size(node, where, least, most, option, in)) into = static_cast<V>(*value);
  };
  kind.print = [](const V& value, const secret_values&) { return yaml_node::scalar(format_size(value)); };
  return kind;
}

// One of a few words. `instead` says of a refused word what to write: {"2", "is not offered: .."} and is
// optional.
template <class E>
option_kind<E> choice(std::vector<std::pair<std::string, E>> words,
                      std::vector<std::pair<std::string, std::string>> instead = {}) {
  option_kind<E> kind;
  std::vector<std::string> names;
  for (const auto& [name, value] : words) names.push_back(name);
  kind.type = "choice";
  for (const auto& name : names) kind.bounds += (kind.bounds.empty() ? "" : ", ") + name;
  kind.read = [=](const yaml_node& node, E& into, const std::string& where, const about& option, reader& in) {
    const auto want = "one of " + list_of_names(names);
    const auto text = read_scalar(node, where, "a choice", want, option, in);
    if (!text) return;
    for (const auto& [name, value] : words) {
      if (name != *text) continue;
      into = value;
      return;
    }
    for (const auto& [name, why] : instead)
      if (name == *text) return refuse(node, where, why, want, option, in);
    refuse(node, where, "is none of its values" + did_you_mean(*text, names), want, option, in);
  };
  kind.print = [words](const E& value, const secret_values&) {
    for (const auto& [name, v] : words)
      if (v == value) return yaml_node::scalar(name);
    return yaml_node();
  };
  return kind;
}

// One value, or a list of at least one.
template <class V> option_kind<std::vector<V>> one_or_list(option_kind<V> item) {
  option_kind<std::vector<V>> kind;
  kind.type = item.type + ", or list";
  kind.bounds = item.bounds;
  kind.read = [item](const yaml_node& node, std::vector<V>& into, const std::string& where,
                     const about& option, reader& in) {
    std::vector<V> values;
    const auto one = [&](const yaml_node& n) {
      V value{};
      const auto before = in.out.errors();
      if (n.unset) return;
      item.read(n, value, where, option, in);
      if (in.out.errors() == before) values.push_back(std::move(value));
    };
    if (!node.is_sequence()) {
      one(node);
    } else {
      if (node.items.empty())
        refuse(node, where, "is empty", "at least one, e.g. " + option.example, option, in);
      for (const auto& n : node.items) one(n);
    }
    into = std::move(values);
  };
  kind.print = [item](const std::vector<V>& values, const secret_values& secrets) {
    auto list = yaml_node::sequence();
    for (const auto& value : values) list.items.push_back(item.print(value, secrets));
    return list;
  };
  return kind;
}

} // namespace sluice::config
