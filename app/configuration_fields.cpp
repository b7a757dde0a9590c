// Checks of what a pipeline's expressions, conditions and aggregates name.
#include "app/configuration_fields.hpp"

#include "actors/store/table_files.hpp"
#include "actors/transform/lookup_tables.hpp"
#include "actors/transform/step_kinds.hpp"
#include "app/configuration_key.hpp"
#include "app/configuration_predict.hpp"
#include "config/interpolate.hpp"
#include "config/nearest_name.hpp"
#include "config/report.hpp"

namespace sluice {

using namespace config;

namespace {

// Reports what is wrong with an expression, at its character.
void report_expression(const yaml_node& node, const expression_error& wrong, report& out) {
  if (node.secret) // its text may be part of the message
    out.error(node.at, "the expression does not compile", show(node), "an expression that is no secret");
  else
    out.error(node.place_of(wrong.offset), wrong.text);
}

// The value below `node` to which `path` leads, or null; with its key when it is in a map.
struct found_node {
  const yaml_node* key = nullptr;
  const yaml_node* value = nullptr;
};
found_node find_below(const yaml_node& node, const std::vector<std::string>& path) {
  found_node at{nullptr, &node};
  for (const auto& step : path) {
    const auto& from = *at.value;
    if (const auto* entry = from.find(step); entry != nullptr) {
      at = {&entry->key, &entry->value};
    } else if (from.is_sequence() && !step.empty() && step.find_first_not_of("0123456789") == step.npos &&
               std::stoul(step) < from.items.size()) {
      at = {nullptr, &from.items[std::stoul(step)]};
    } else if (!(from.is_scalar() && step == "0")) { // one value stands for a list of it
      return {};
    }
  }
  return at;
}

bool to_be_compiled(const yaml_node& node) {
  return !node.unset && node.is_scalar() && !node.text.empty();
}

void report_step(const yaml_node& value, const step_error& wrong, report& out) {
  const auto at = find_below(value, wrong.where);
  if (at.value == nullptr || at.value->unset) return;
  if (wrong.key && at.key != nullptr)
    out.error(at.key->at, wrong.text);
  else if (wrong.key || (at.value->is_scalar() && !at.value->text.empty()))
    report_expression(*at.value, {wrong.offset, wrong.text}, out);
  // Else there is no text to be compiled: said by who read it.
}

void check_aggregates(const window_options& window, const yaml_node* node, const step_compiler& fields,
                      report& out) {
  const auto* map = node == nullptr ? nullptr : node->value("aggregate");
  if (map == nullptr || !map->is_map()) return;
  for (const auto& entry : map->entries) {
    const auto& name = entry.key.text;
    if (name == "*") continue;
    const auto known = fields.knows(name);
    if (!known.known) {
      out.error(entry.key.at, "unknown field in window.aggregate" + did_you_mean(name, fields.names()),
                in_quotes(name), "one of " + list_of_names(fields.names()));
      continue;
    }
    if (known.type != value_type::text && known.type != value_type::boolean) continue;
    for (const auto& spec : window.aggregates)
      if (spec.field == name && needs_number(spec.kind))
        out.error(entry.key.at, name + " is no number and has no " + aggregate_word(spec),
                  std::string("a ") + to_string(known.type), "count, distinct, first or last");
  }
}

// The tables that the steps look up in, as their files are now.
lookup_tables read_tables(const pipeline_options& pipeline, const yaml_node& list, const surroundings& world,
                          report& out) {
  lookup_tables tables;
  if (!world.read_tables) return tables;
  for (std::size_t i = 0; i < pipeline.steps.size(); ++i) {
    const auto* lookup = std::get_if<lookup_options>(&pipeline.steps[i]);
    if (lookup == nullptr || lookup->csv.path.empty() || lookup->csv.key.empty() ||
        lookup->csv.columns.empty())
      continue;
    const auto* path = list.items[pipeline.step_items[i]].value("lookup")->value("csv")->value("path");
    if (path == nullptr || path->unset) continue;
    const auto content = read_up_to(lookup->csv.path, lookup_table::most_bytes);
    if (!content) {
      if (!world.allow_unset)
        out.error(path->at, "the look-up table cannot be read: " + content.error().text);
      continue;
    }
    if (auto table = lookup_table::parse(*content, lookup->spec()))
      tables.set(lookup->spec(), std::move(*table));
    else
      out.error(path->at, "the look-up table cannot be used: " + table.error().text);
  }
  return tables;
}

// What the results of a window hold: a sink's condition sees these.
field_knowledge output_of(const window_options& window, std::string_view name) {
  std::vector<std::string> names;
  for (const auto& a : window.aggregates) {
    names.push_back(a.output);
    if (a.output != name) continue;
    switch (a.kind) {
    case aggregate_kind::first:
    case aggregate_kind::last:
      return {true, value_type::missing, {}};
    case aggregate_kind::set_hash:
      return {true, value_type::text, {}};
    default:
      return {true, value_type::number, {}};
    }
  }
  const auto nearest = nearest_name(name, names);
  return {false, value_type::missing, nearest.empty() ? "an output of the window" : nearest};
}

// The conditions of `to:`: true or false, over what leaves.
void check_conditions(const pipeline_options& pipeline, const yaml_node& node, const step_compiler& fields,
                      report& out) {
  const auto* to = node.value("to");
  if (to == nullptr) return;
  const field_types knows = [&](std::string_view name) -> field_knowledge {
    if (pipeline.predict) {
      for (const auto& [made, type] : prediction_types(*pipeline.predict))
        if (made == name) return {true, type, {}};
      if (pipeline.predict->probabilities && name.starts_with(class_field(pipeline.predict->into, "")))
        return {true, value_type::number, {}};
    }
    return pipeline.window ? output_of(*pipeline.window, name) : fields.knows(name);
  };
  const auto one = [&](const yaml_node& item) {
    const auto* when = item.value("when");
    if (when == nullptr || !to_be_compiled(*when)) return;
    const auto made = expression::compile(when->text, knows);
    if (!made)
      report_expression(*when, made.error(), out);
    else if (made->type() != value_type::missing && made->type() != value_type::boolean)
      report_expression(*when,
                        {0, "a condition is true or false (got " + std::string(to_string(made->type())) +
                                " " + when->text + ", want a comparison, e.g. temperature_max > 30)"},
                        out);
  };
  one(*to);
  for (const auto& item : to->items) one(item);
}

} // namespace

void check_fields(const pipeline_options& pipeline, const known_fields& known, const yaml_node& node,
                  const surroundings& world, report& out) {
  check_key(pipeline, known, node, out);
  const auto* list = node.value("steps");
  const auto tables = read_tables(pipeline, list == nullptr ? node : *list, world, out);
  step_compiler fields(std::cref(known), {&tables}, known.names());
  for (const auto& step : pipeline.steps) fields.compile(step);
  check_conditions(pipeline, node, fields, out);
  check_predict(pipeline, fields, node, world, out);
  if (list == nullptr || !list->is_sequence()) return;
  for (const auto& wrong : fields.errors()) {
    const auto& item = list->items[pipeline.step_items[wrong.step]];
    if (const auto* value = item.value(kind_of(pipeline.steps[wrong.step]).kind))
      report_step(*value, wrong, out);
  }
  for (const auto& item : list->items)
    if (const auto* window = item.value("window"); window != nullptr && pipeline.window)
      check_aggregates(*pipeline.window, window, fields, out);
}

} // namespace sluice
