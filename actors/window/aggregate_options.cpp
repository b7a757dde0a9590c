// The declaration of a window's aggregates.
#include "actors/window/aggregate_options.hpp"

#include <array>

#include "config/option_kinds.hpp"

namespace sluice {

namespace {

using namespace config;

constexpr std::array<std::pair<const char*, aggregate_kind>, 12> words{{
    {"count", aggregate_kind::count},
    {"sum", aggregate_kind::sum},
    {"mean", aggregate_kind::mean},
    {"min", aggregate_kind::min},
    {"max", aggregate_kind::max},
    {"stddev_pop", aggregate_kind::stddev_pop},
    {"stddev_samp", aggregate_kind::stddev_samp},
    {"var_pop", aggregate_kind::var_pop},
    {"var_samp", aggregate_kind::var_samp},
    {"first", aggregate_kind::first},
    {"last", aggregate_kind::last},
    {"set_hash", aggregate_kind::set_hash},
}};

// Words that other systems use for one of two things, or for something we spell differently.
std::string instead_of(const std::string& word) {
  if (word == "stddev" || word == "std" || word == "stdev") return "stddev_pop or stddev_samp";
  if (word == "variance" || word == "var") return "var_pop or var_samp";
  if (word == "avg" || word == "average") return "mean";
  return "";
}

// Reads the aggregates of one field, and knows the outputs of all.
class aggregate_reader {
public:
  aggregate_reader(std::vector<aggregate_spec>& into, reader& in) : into_(into), in_(in) {}

  void read_field(const yaml_entry& entry) {
    field_ = entry.key.text;
    if (!is_field_name(field_))
      in_.out.error(entry.key.at, "window.aggregate has a bad field name", in_quotes(field_),
                    field_name_rule);
    const auto& value = entry.value;
    if (value.unset) return;
    if (value.is_scalar())
      plain(value);
    else if (value.is_map() && !value.entries.empty())
      renamed(value);
    else if (value.is_sequence() && !value.items.empty())
      for (const auto& item : value.items) item.is_map() ? renamed(item) : plain(item);
    else
      in_.out.error(value.at, where() + " names no aggregate", show(value),
                    "e.g. [mean, max] or { mean: room_temp }");
  }

private:
  std::string where() const { return "window.aggregate." + field_; }

  void plain(const yaml_node& word) {
    if (word.unset) return;
    if (const auto kind = kind_of(word))
      add(*kind, field_ == "*" ? to_string(*kind) : field_ + "_" + to_string(*kind), word.at);
  }

  void renamed(const yaml_node& map) {
    for (const auto& [key, value] : map.entries) {
      const auto kind = kind_of(key);
      if (value.unset) continue;
      if (!value.is_scalar() || !is_field_name(value.text))
        in_.out.error(value.at, where() + "." + key.text + " has a bad output name", show(value),
                      field_name_rule);
      else if (kind)
        add(*kind, value.text, value.at);
    }
  }

  std::optional<aggregate_kind> kind_of(const yaml_node& word) {
    if (!word.is_scalar()) {
      in_.out.error(word.at, where() + " holds something that is no aggregate", show(word), "e.g. mean");
      return std::nullopt;
    }
    std::vector<std::string> names;
    for (const auto& [name, kind] : words) {
      const bool whole_event = kind == aggregate_kind::count || kind == aggregate_kind::set_hash;
      const bool fits = field_ == "*" ? whole_event : kind != aggregate_kind::set_hash;
      if (fits && word.text == name) return kind;
      if (fits) names.emplace_back(name);
      if (!fits && word.text == name) {
        in_.out.error(word.at,
                      field_ == "*" ? "\"*\" is the event itself and has no " + word.text
                                    : word.text + " is of events, not of a field",
                      in_quotes(word.text), field_ == "*" ? "count or set_hash" : "\"*\": [set_hash]");
        return std::nullopt;
      }
    }
    if (const auto better = instead_of(word.text); !better.empty() && field_ != "*")
      in_.out.error(word.at, "the aggregate " + word.text + " is not offered under this name",
                    in_quotes(word.text), better);
    else
      in_.out.error(word.at, "unknown aggregate of " + field_ + did_you_mean(word.text, names),
                    in_quotes(word.text), "one of " + list_of_names(names));
    return std::nullopt;
  }

  void add(aggregate_kind kind, const std::string& output, const place& at) {
    for (const auto& other : into_) {
      if (other.output != output) continue;
      in_.out.error(at, "two outputs of the window have one name", in_quotes(output),
                    "another name, e.g. { " + std::string(to_string(kind)) + ": " + output + "_2 }");
      return;
    }
    into_.push_back({field_, kind, output});
  }

  std::vector<aggregate_spec>& into_;
  reader& in_;
  std::string field_;
};

} // namespace

config::option_kind<std::vector<aggregate_spec>> aggregates_kind() {
  option_kind<std::vector<aggregate_spec>> kind;
  kind.type = "map of field to aggregates";
  for (const auto& [name, k] : words) kind.bounds += std::string(kind.bounds.empty() ? "" : ", ") + name;
  kind.bounds += "; of \"*\" (the events): count, set_hash";
  kind.read = [](const yaml_node& node, std::vector<aggregate_spec>& into, const std::string& where,
                 const about&, reader& in) {
    if (!node.is_map() || node.entries.empty()) {
      in.out.error(node.at, where + " is not a map of fields", show(node),
                   "e.g. { temperature: [mean, max] }");
      return;
    }
    into.clear();
    aggregate_reader fields(into, in);
    for (const auto& entry : node.entries) fields.read_field(entry);
  };
  kind.print = [](const std::vector<aggregate_spec>& aggregates, const secret_values&) {
    // One list per field in order of its first appearance; each item says its output.
    auto map = yaml_node::map();
    for (const auto& a : aggregates) {
      if (map.find(a.field) == nullptr)
        map.entries.push_back({yaml_node::words(a.field), yaml_node::sequence()});
      auto item = yaml_node::map();
      item.add(to_string(a.kind), yaml_node::words(a.output));
      for (auto& entry : map.entries)
        if (entry.key.text == a.field) entry.value.items.push_back(item);
    }
    return map;
  };
  return kind;
}

const char* to_string(aggregate_kind kind) noexcept {
  for (const auto& [name, k] : words)
    if (k == kind) return name;
  return "unknown";
}

} // namespace sluice
