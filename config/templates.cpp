// Reading the templates, and one copy for each use.
#include "config/templates.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "config/option_kinds.hpp"
#include "config/template_parameters.hpp"
#include "config/template_text.hpp"

namespace sluice::config {

namespace {

constexpr std::size_t most_values = 100'000; // as one file may hold

struct one_template {
  yaml_node key;
  std::vector<template_parameter> parameters;
  std::vector<yaml_entry> sections;
  bool used = false;
};

yaml_entry* entry_of(yaml_node& map, std::string_view key) {
  for (auto& entry : map.entries)
    if (entry.key.text == key) return &entry;
  return nullptr;
}

class expander {
public:
  expander(yaml_node& root, reader& in) : root_(root), in_(in) {}

  void read_templates(const yaml_node& section) {
    if (section.is_null()) return;
    if (!section.is_map()) {
      in_.out.error(section.at, "templates is not a map", show(section), "NAME: { .. }");
      return;
    }
    for (const auto& entry : section.entries) read_template(entry);
  }

  void read_uses(const yaml_node& section) {
    if (section.is_null()) return;
    if (!section.is_sequence()) {
      in_.out.error(section.at, "use is not a list", show(section), "e.g. - NAME: { PARAMETER: VALUE }");
      return;
    }
    for (const auto& use : section.items) read_use(use);
  }

  void warn_of_unused() const {
    for (const auto& [name, t] : all_)
      if (!t.used) in_.out.warning(t.key.at, "nobody uses template " + name);
  }

private:
  void read_template(const yaml_entry& entry) {
    const auto& name = entry.key.text;
    const auto where = "templates." + name;
    if (!is_component_name(name))
      in_.out.error(entry.key.at, "a bad name for a template", in_quotes(name),
                    "letters, digits, _ and -, at most 64");
    one_template made;
    made.key = entry.key;
    auto known = template_sections();
    known.insert(known.begin(), {"description", "parameters"});
    auto body = entry.value;
    std::erase_if(body.entries, [&](const yaml_entry& e) {
      const bool nested = e.key.text == "use" || e.key.text == "templates";
      if (nested)
        in_.out.error(e.key.at, "a template holds no templates and uses none", in_quotes(e.key.text),
                      "one of " + list_of_names(known));
      return nested;
    });
    if (check_keys(body, where, known, in_)) {
      if (const auto* parameters = body.value("parameters"))
        made.parameters = read_parameters(*parameters, where + ".parameters", in_);
      for (const auto& e : body.entries) {
        const auto& sections = template_sections();
        if (std::find(sections.begin(), sections.end(), e.key.text) == sections.end()) continue;
        if (e.value.is_map())
          made.sections.push_back(e);
        else if (!e.value.is_null())
          in_.out.error(e.value.at, where + "." + e.key.text + " is not a map", show(e.value),
                        "NAME: { .. }");
      }
      check_body(where, made);
    }
    all_.emplace(name, std::move(made));
  }

  // Every $(NAME) must be a parameter; every parameter should be mentioned.
  void check_body(const std::string& where, const one_template& t) {
    std::vector<std::string> names;
    for (const auto& p : t.parameters) names.push_back(p.key.text);
    std::set<std::string> mentioned;
    const std::function<void(const yaml_node&)> walk = [&](const yaml_node& node) {
      replace_parameters(
          node.text,
          [&](std::string_view name, std::size_t offset) {
            mentioned.emplace(name);
            if (std::find(names.begin(), names.end(), name) == names.end())
              in_.out.error(node.place_of(offset),
                            "unknown parameter of " + where + did_you_mean(name, names), in_quotes(name),
                            "one of " + list_of_names(names));
            return std::string();
          },
          [&](std::size_t offset) {
            in_.out.error(node.place_of(offset), "a $( without the name of a parameter and a closing bracket",
                          in_quotes(node.text.substr(offset)), "$(NAME), or $$( for a plain $(");
          });
      for (const auto& item : node.items) walk(item);
      for (const auto& e : node.entries) walk(e.key), walk(e.value);
    };
    for (const auto& section : t.sections) walk(section.value);
    for (const auto& p : t.parameters)
      if (!mentioned.contains(p.key.text))
        in_.out.warning(p.key.at, where + " does not use its parameter " + p.key.text);
  }

  void read_use(const yaml_node& use) {
    if (use.unset) return;
    std::vector<std::string> names;
    for (const auto& [name, t] : all_) names.push_back(name);
    const bool bare = use.is_scalar(), map = use.is_map() && use.entries.size() == 1;
    if (!bare && !map) {
      in_.out.error(use.at, "a use is not one template with its parameters",
                    use.is_map() ? "a map of " + std::to_string(use.entries.size()) + " keys" : show(use),
                    "e.g. - NAME: { PARAMETER: VALUE }");
      return;
    }
    const auto& key = bare ? use : use.entries.front().key;
    const auto found = all_.find(key.text);
    if (found == all_.end()) {
      in_.out.error(key.at, "unknown template" + did_you_mean(key.text, names), in_quotes(key.text),
                    "one of " + list_of_names(names));
      return;
    }
    found->second.used = true;
    auto empty = yaml_node::map();
    empty.at = key.at;
    const auto& given = bare ? empty : use.entries.front().value;
    auto arguments = given.is_null() ? empty : given;
    arguments.at = given.is_null() ? key.at : given.at;
    values_ = read_arguments(arguments, "use." + key.text, found->second.parameters, in_);
    used_ = "template " + key.text + " used at " + to_string(key.at);
    for (const auto& section : found->second.sections) {
      if (made_ > most_values) return;
      auto copied = copy(section.value);
      if (made_ > most_values) {
        in_.out.error(key.at, "the configuration is too large", "more than 100000 values", "fewer");
        return;
      }
      merge(section.key, std::move(copied));
    }
  }

  // A copy with every parameter replaced.
  yaml_node copy(const yaml_node& from) {
    yaml_node made;
    if (++made_ > most_values) return made;
    made.what = from.what;
    made.at = from.at;
    made.at.used = used_;
    made.quoted = from.quoted;
    made.unset = from.unset;
    made.secret = from.secret;
    made.text_column = from.text_column;
    if (from.is_scalar()) replace(from, made);
    for (const auto& item : from.items) made.items.push_back(copy(item));
    for (const auto& e : from.entries) {
      auto key = copy(e.key);
      if (made_ > most_values) return made;
      if (key.unset) continue; // its parameter has no value, and that is said
      if (made.find(key.text) != nullptr)
        in_.out.error(key.at, "duplicate key once parameters are put in", in_quotes(key.text),
                      "each key once");
      else
        made.entries.push_back({std::move(key), copy(e.value)});
    }
    return made;
  }

  void replace(const yaml_node& from, yaml_node& into) {
    into.text = replace_parameters(
        from.text,
        [&](std::string_view name, std::size_t) -> std::string {
          const auto value = values_.find(std::string(name));
          if (value == values_.end()) {
            into.unset = true; // said where the template is read
            return "";
          }
          const auto& v = value->second;
          into.unset = into.unset || v.unset;
          into.secret = into.secret || v.secret;
          into.quoted = into.quoted || v.quoted;
          return v.text;
        },
        [&](std::size_t) { into.unset = true; });
    if (into.text != from.text) into.text_column = 0;
    if (into.secret) in_.secrets.add(into.text);
  }

  void merge(const yaml_node& section, yaml_node components) {
    auto* into = entry_of(root_, section.text);
    if (into == nullptr) {
      root_.entries.push_back({section, std::move(components)});
      return;
    }
    if (into->value.is_null()) into->value = yaml_node::map();
    if (!into->value.is_map()) return; // said where the section is read
    for (auto& component : components.entries) {
      if (const auto* first = into->value.find(component.key.text))
        in_.out.error(component.key.at, section.text + "." + component.key.text + " is given twice",
                      "a second one", "each once; the first is at " + to_string(first->key.at));
      else
        into->value.entries.push_back(std::move(component));
    }
  }

  yaml_node& root_;
  reader& in_;
  std::map<std::string, one_template> all_;
  std::map<std::string, yaml_node> values_; // of the use that is being copied
  std::string used_;
  std::size_t made_ = 0;
};

} // namespace

const std::vector<std::string>& template_sections() {
  static const std::vector<std::string> sections{"connections", "sources", "pipelines", "sinks"};
  return sections;
}

void expand_templates(yaml_node& root, reader& in) {
  const auto take = [&](std::string_view key) {
    yaml_node value;
    if (auto* entry = entry_of(root, key)) {
      value = std::move(entry->value);
      root.entries.erase(root.entries.begin() + (entry - root.entries.data()));
    }
    return value;
  };
  expander all(root, in);
  const auto templates = take("templates"), uses = take("use");
  all.read_templates(templates);
  all.read_uses(uses);
  all.warn_of_unused();
}

} // namespace sluice::config
