#include "app/chains.hpp"

#include <algorithm>

#include "actors/transform/steps.hpp"
#include "app/configuration_predict.hpp"
#include "config/units.hpp"

namespace sluice {

using namespace config;
using std::chrono::milliseconds;

namespace {

// Checkpoint, outbox, journal: what a result needs from its tick to the next pipeline at most, save for a
// service that is far behind.
constexpr milliseconds on_the_way{10'000};

template <class Named> const Named* find(const std::vector<Named>& all, const std::string& name) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == name; });
  return found == all.end() ? nullptr : &*found;
}

// missing = not known beforehand.
value_type type_of(const aggregate_spec& a) {
  switch (a.kind) {
  case aggregate_kind::count:
    return value_type::integer;
  case aggregate_kind::set_hash:
    return value_type::text;
  case aggregate_kind::first:
  case aggregate_kind::last:
    return value_type::missing;
  default:
    return value_type::number;
  }
}

bool is_circle(const configuration& c, const pipeline_options& p) {
  const auto* at = upstream_of(c, p);
  for (std::size_t steps = 0; at != nullptr && steps <= c.pipelines.size(); ++steps) {
    if (at == &p) return true;
    at = upstream_of(c, *at);
  }
  return false;
}

// The window of a pipeline in the file; null when it has none.
const yaml_node* window_node(const yaml_node& pipeline) {
  const auto* steps = pipeline.value("steps");
  if (steps == nullptr || !steps->is_sequence()) return nullptr;
  for (const auto& step : steps->items)
    if (const auto* window = step.value("window")) return window;
  return nullptr;
}

void check_revisions(const pipeline_options& p, const yaml_node& node, report& out) {
  if (!p.window || p.window->allowed_lateness == milliseconds(0)) return;
  const auto* window = window_node(node);
  if (window == nullptr || !window->is_map()) return;
  const auto* given = window->value("allowed_lateness");
  out.error(given != nullptr ? given->at : window->at,
            "pipeline " + p.name + " is read by another one, which a revised result would reach twice",
            (given != nullptr ? "" : "by default ") + format_duration(p.window->allowed_lateness),
            "allowed_lateness: 0s, and a watermark_delay that is long enough");
}

void check_clash(const pipeline_options& p, const yaml_node& node, report& out) {
  const auto* key = node.value("key");
  if (!p.key || key == nullptr) return;
  std::vector<std::string> outputs;
  if (p.window) {
    for (const auto& a : p.window->aggregates) outputs.push_back(a.output);
  } else {
    const auto compiled = steps::compile(p.steps, {}, {});
    if (!compiled) return; // said elsewhere
    for (const auto& [name, reg] : compiled->named())
      if (compiled->made(reg) || compiled->name(reg) != name) outputs.push_back(name);
  }
  if (p.predict)
    for (const auto& [name, type] : prediction_types(*p.predict)) outputs.push_back(name);
  for (std::size_t i = 0; i < p.key->size(); ++i)
    for (const auto& output : outputs)
      if (output == (*p.key)[i])
        out.error(key->is_sequence() ? key->items[i].at : key->at,
                  std::string("a field of the key and ") +
                      (p.window ? "an output of the window" : "a field that a step makes") +
                      " have one name, and another pipeline reads both",
                  in_quotes(output), "another name for the " + std::string(p.window ? "output" : "field"));
}

} // namespace

const pipeline_options* upstream_of(const configuration& c, const pipeline_options& p) {
  return find(c.sources, p.from) != nullptr ? nullptr : find(c.pipelines, p.from);
}

const source_options* root_of(const configuration& c, const pipeline_options& p) {
  const auto* at = &p;
  for (std::size_t steps = 0; steps <= c.pipelines.size(); ++steps) {
    const auto* before = upstream_of(c, *at);
    if (before == nullptr) return find(c.sources, at->from);
    at = before;
  }
  return nullptr;
}

std::vector<const pipeline_options*> read_by_others(const configuration& c) {
  std::vector<const pipeline_options*> found;
  for (const auto& p : c.pipelines)
    if (std::any_of(c.pipelines.begin(), c.pipelines.end(),
                    [&](const auto& reader) { return upstream_of(c, reader) == &p; }))
      found.push_back(&p);
  return found;
}

std::optional<milliseconds> lag_of(const configuration& c, const pipeline_options& p) {
  milliseconds sum{0};
  for (const auto* before = upstream_of(c, p); before != nullptr; before = upstream_of(c, *before)) {
    sum += on_the_way;
    if (!before->window) continue;
    if (!before->window->idle) return std::nullopt;
    sum += before->window->watermark_delay + *before->window->idle;
  }
  return sum;
}

known_fields fields_of_results(const configuration& c, const pipeline_options& p) {
  const auto* before = upstream_of(c, p);
  const auto* source = find(c.sources, p.from);
  if (!p.window) return {}; // whatever its events have
  const auto in = before != nullptr   ? fields_of_results(c, *before)
                  : source != nullptr ? known_fields(*source)
                                      : known_fields();
  known_fields fields;
  for (const auto& a : p.window->aggregates) fields.add(a.output, type_of(a));
  if (p.key)
    for (const auto& name : *p.key) fields.add(name, name == "device" ? value_type::text : in(name).type);
  if (p.predict) {
    for (const auto& [name, type] : prediction_types(*p.predict)) fields.add(name, type);
    if (p.predict->probabilities) return fields; // the classes are the model's
  }
  fields.close();
  return fields;
}

void check_chains(const configuration& c, const yaml_node& root, report& out) {
  const auto* pipelines = root.value("pipelines");
  if (pipelines == nullptr || !pipelines->is_map()) return;
  for (const auto& p : c.pipelines) {
    const auto* node = pipelines->value(p.name);
    const auto* from = node == nullptr ? nullptr : node->value("from");
    if (from == nullptr) continue;
    if (is_circle(c, p))
      out.error(from->at, "pipelines read each other in a circle", show(*from),
                "a source at the beginning of the chain");
  }
  for (const auto* p : read_by_others(c)) {
    const auto* node = pipelines->value(p->name);
    if (node == nullptr || !node->is_map()) continue;
    check_revisions(*p, *node, out);
    check_clash(*p, *node, out);
  }
}

} // namespace sluice
