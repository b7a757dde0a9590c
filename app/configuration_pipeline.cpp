// Reading and checking of pipelines.
#include "app/configuration_pipeline.hpp"

#include <map>

#include "actors/transform/expression.hpp"
#include "actors/transform/filter.hpp"
#include "app/builtins.hpp"
#include "app/known_fields.hpp"
#include "config/option_kinds.hpp"

namespace sluice {

using namespace std::chrono_literals;
using namespace config;

namespace {

// Reads one pipeline's list of steps.
class step_list_reader {
public:
  step_list_reader(pipeline_options& into, const std::string& where, reader& in)
      : into_(into), where_("a step of " + where), in_(in) {}

  void read(const yaml_node& node) {
    any_step step;
    const auto* entry = read_component(node, where_, step_rows(), {"id"}, step, in_);
    if (entry == nullptr) return;
    const auto& kind = entry->key.text;
    const auto number = ++numbers_[kind];
    if (into_.window)
      in_.out.error(
          entry->key.at, kind == "window" ? "a pipeline has one window" : "the window is the last step",
          in_quotes(kind),
          kind == "window" ? "a second pipeline from the same source" : in_quotes(kind) + " before it");
    auto id = kind + "-" + std::to_string(number);
    if (const auto* given = node.value("id"); given != nullptr && !given->unset) {
      component_name().read(*given, id, where_ + ": id", {"id", "", ""}, in_);
    }
    const auto* named = node.value("id");
    if (!ids_.emplace(id, true).second)
      in_.out.error(named != nullptr ? named->at : entry->key.at, "two steps have one id", in_quotes(id),
                    "each id once");
    std::visit([&](auto& s) { s.id = id; }, step);
    if (auto* window = std::get_if<window_options>(&step)) {
      if (!into_.window) into_.window = std::move(*window);
    } else if (auto* filter = std::get_if<filter_options>(&step)) {
      into_.steps.emplace_back(std::move(*filter));
    } else {
      into_.steps.emplace_back(std::move(std::get<derive_options>(step)));
    }
  }

private:
  pipeline_options& into_;
  std::string where_;
  reader& in_;
  std::map<std::string, int> numbers_;
  std::map<std::string, bool> ids_;
};

std::vector<any_step> all_steps(const pipeline_options& pipeline) {
  std::vector<any_step> steps;
  for (const auto& step : pipeline.steps) std::visit([&](const auto& s) { steps.emplace_back(s); }, step);
  if (pipeline.window) steps.emplace_back(*pipeline.window);
  return steps;
}

yaml_node print_steps(const pipeline_options& pipeline, const secret_values& secrets) {
  auto list = yaml_node::sequence();
  for (const auto& step : all_steps(pipeline)) {
    auto map = yaml_node::map();
    std::visit([&](const auto& s) { map.add("id", yaml_node::words(s.id)); }, step);
    print_component(step, step_rows(), secrets, map);
    list.items.push_back(std::move(map));
  }
  return list;
}

option_kind<pipeline_options> steps_kind() {
  option_kind<pipeline_options> kind;
  kind.type = "list of steps";
  kind.read = [](const yaml_node& node, pipeline_options& into, const std::string& where, const about&,
                 reader& in) {
    if (node.is_null()) return;
    if (!node.is_sequence()) {
      in.out.error(node.at, where + " is not a list", show(node), "e.g. - filter: temperature > -40");
      return;
    }
    step_list_reader steps(into, where.substr(0, where.rfind('.')), in);
    for (const auto& item : node.items) steps.read(item);
  };
  kind.print = print_steps;
  return kind;
}

// Reports what is wrong with an expression, at its character.
void report_expression(const yaml_node& node, const expression_error& wrong, report& out) {
  if (node.secret) // its text may be part of the message
    out.error(node.at, "the expression does not compile", show(node), "an expression that is no secret");
  else
    out.error(node.place_of(wrong.offset), wrong.text);
}

bool to_be_compiled(const yaml_node& node) {
  return !node.unset && node.is_scalar() && !node.text.empty();
}

void check_filter(const yaml_node& node, const known_fields& fields, report& out) {
  if (!to_be_compiled(node)) return; // said elsewhere
  if (const auto made = filter::compile(node.text, std::cref(fields)); !made)
    report_expression(node, made.error(), out);
}

// Returns the type of the field, missing when it is wrong or not known.
value_type check_derived(const yaml_node& node, const known_fields& fields, report& out) {
  if (!to_be_compiled(node)) return value_type::missing;
  const auto made = expression::compile(node.text, std::cref(fields));
  if (made) return made->type();
  report_expression(node, made.error(), out);
  return value_type::missing;
}

bool numeric(aggregate_kind kind) {
  return kind != aggregate_kind::count && kind != aggregate_kind::first && kind != aggregate_kind::last;
}

void check_aggregates(const window_options& window, const yaml_node* node, const known_fields& fields,
                      report& out) {
  const auto* map = node == nullptr ? nullptr : node->value("aggregate");
  if (map == nullptr || !map->is_map()) return;
  for (const auto& entry : map->entries) {
    const auto& name = entry.key.text;
    if (name == "*") continue;
    const auto known = fields(name);
    if (!known.known) {
      out.error(entry.key.at, "unknown field in window.aggregate" + did_you_mean(name, fields.names()),
                in_quotes(name), "one of " + list_of_names(fields.names()));
      continue;
    }
    if (known.type != value_type::text && known.type != value_type::boolean) continue;
    for (const auto& spec : window.aggregates)
      if (spec.field == name && numeric(spec.kind))
        out.error(entry.key.at, name + " is no number and has no " + to_string(spec.kind),
                  std::string("a ") + to_string(known.type), "count, first or last");
  }
}

} // namespace

options<pipeline_options> pipeline_table(const std::string& name) {
  const auto self = [](auto& pipeline) -> auto& {
    return pipeline;
  };
  const auto device =
      options<pipeline_options>(name + ".device")
          .add({"forget",
                "A device without events for so long has its windows emitted and its state dropped.", "30d"},
               &pipeline_options::device_forget, duration(1s, 24h * 36600));
  auto sinks = one_or_list(text(nullptr, "sinks of the configuration", "name"));
  sinks.type = "name, or list";
  return options<pipeline_options>(name)
      .add({"from", "The source whose events it takes.", "field", required}, &pipeline_options::from,
           text(nullptr, "a source of the configuration", "name"))
      .add({"steps", "What is done with each event, in order. `id:` beside a step's key names its state.",
            "[{ filter: temperature > -40 }]"},
           self, steps_kind())
      .add({"device", "How devices are kept.", "{ forget: 30d }"}, self, map_of(device))
      .add({"to", "The sinks that get every result.", "[board, archive]", required}, &pipeline_options::to,
           sinks);
}

void check_fields(const pipeline_options& pipeline, const source_options& source, const yaml_node& node,
                  report& out) {
  const auto* list = node.value("steps");
  if (list == nullptr || !list->is_sequence()) return;
  known_fields fields(source);
  for (const auto& item : list->items) {
    if (const auto* test = item.value("filter")) {
      check_filter(*test, fields, out);
    } else if (const auto* derive = item.value("derive")) {
      for (const auto& entry : derive->entries)
        fields.add(entry.key.text, check_derived(entry.value, fields, out));
    } else if (const auto* window = item.value("window"); window != nullptr && pipeline.window) {
      check_aggregates(*pipeline.window, window, fields, out);
    }
  }
}

std::string meaning_of(const pipeline_options& pipeline, const source_options& source) {
  const auto& json = source.decode.json;
  auto map = yaml_node::map();
  map.add("from", yaml_node::words(pipeline.from));
  map.add("device", yaml_node::words(json.device_path.empty() ? "{device}" : json.device_path));
  map.add("time", json.time.arrival ? yaml_node::scalar("arrival") : yaml_node::words(json.time.path));
  map.add("unit", yaml_node::scalar(std::to_string(static_cast<int>(json.time.unit))));
  map.add("sequence", yaml_node::words(json.sequence_path));
  auto steps = print_steps(pipeline, secret_values());
  for (auto& step : steps.items) {
    for (auto& [key, value] : step.entries) {
      if (key.text != "window") continue;
      std::erase_if(value.entries,
                    [](const auto& e) { return e.key.text == "idle" || e.key.text == "late"; });
    }
  }
  map.add("steps", std::move(steps));
  return to_yaml(map);
}

} // namespace sluice
