#include "app/configuration_predict.hpp"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <optional>
#include <utility>

#include "actors/predict/model_facts.hpp"
#include "actors/store/model_files.hpp"
#include "app/chains.hpp"
#include "config/nearest_name.hpp"

namespace sluice {

using namespace config;

namespace {

const yaml_node* predict_node(const yaml_node& pipeline) {
  const auto* steps = pipeline.value("steps");
  if (steps == nullptr || !steps->is_sequence()) return nullptr;
  for (const auto& step : steps->items)
    if (const auto* predict = step.value("predict")) return predict;
  return nullptr;
}

std::vector<std::string> outputs_of(const window_options& window) {
  std::vector<std::string> names;
  for (const auto& a : window.aggregates) names.push_back(a.output);
  return names;
}

// The bundle as its folder is now.
std::optional<model_facts> read_model(const predict_options& predict, const yaml_node& path,
                                      const surroundings& world, report& out) {
  std::error_code err;
  if (world.allow_unset && !std::filesystem::exists(predict.model, err)) return {};
  if (const auto bytes = model_files::bytes_of(predict.model); bytes > predict.max_size) {
    out.error(path.at, "the bundle is larger than max_size", std::to_string(bytes) + " bytes",
              "at most " + std::to_string(predict.max_size));
    return {};
  }
  const auto model = load_guarded(predict.model);
  if (!model) {
    out.error(path.at, "the model cannot be used: " + model.error().text);
    return {};
  }
  return facts_of(model->about(), model->hash());
}

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// What does not fit a pipeline.
struct misfit {
  std::string what, got, want;
};

std::vector<misfit> unknown_features(const pipeline_options& p, const model_facts& model,
                                     const step_compiler& fields) {
  std::vector<misfit> all;
  // What a result is kept by is in its `key`, not among its values.
  const auto in_key = [&](const std::string& name) { return p.key && has(*p.key, name); };
  auto names = p.window ? outputs_of(*p.window) : fields.names();
  if (!p.window) std::erase_if(names, in_key);
  for (const auto& name : model.features) {
    const bool known = p.window ? has(names, name) : fields.knows(name).known && !in_key(name);
    if (known) continue;
    all.push_back({"a feature of the model is " +
                       std::string(p.window       ? "no output of the window"
                                   : in_key(name) ? "in the key of a result, not among its values"
                                                  : "no field") +
                       did_you_mean(name, names),
                   in_quotes(name), "one of " + list_of_names(names)});
  }
  return all;
}

// An event's own field of such a name is replaced; two outputs of one name cannot be.
std::vector<misfit> taken_names(const pipeline_options& p, const std::vector<std::string>& classes) {
  std::vector<misfit> all;
  if (!p.window) return all;
  const auto written = prediction_fields(*p.predict, classes);
  for (const auto& name : outputs_of(*p.window))
    if (has(written, name))
      all.push_back(
          {"an output of the window and of predict have one name", in_quotes(name), "another name"});
  return all;
}

} // namespace

std::vector<std::pair<std::string, value_type>> prediction_types(const predict_options& options) {
  return {{options.into, value_type::missing},
          {probability_field(options.into), value_type::number},
          {std::string(prediction_flag), value_type::text}};
}

void check_predict(const pipeline_options& p, const step_compiler& fields, const yaml_node& node,
                   const surroundings& world, report& out) {
  const auto* predict = predict_node(node);
  if (!p.predict || predict == nullptr || p.predict->model.empty() || p.predict->into.empty()) return;
  const auto* path = predict->value("model");
  const auto* into = predict->value("into");
  if (path == nullptr || path->unset || into == nullptr || into->unset) return;
  std::optional<model_facts> model;
  if (world.read_tables) model = read_model(*p.predict, *path, world, out);
  if (model)
    for (const auto& m : unknown_features(p, *model, fields)) out.error(path->at, m.what, m.got, m.want);
  for (const auto& m : taken_names(p, model ? model->classes : std::vector<std::string>()))
    out.error(into->at, m.what, m.got, m.want);
}

outcome<void> check_model(const configuration& c, const std::string& pipeline, const model_facts& model) {
  const auto named = [](const std::string& name) {
    return [&name](const auto& x) { return x.name == name; };
  };
  const auto p = std::find_if(c.pipelines.begin(), c.pipelines.end(), named(pipeline));
  if (p == c.pipelines.end() || !p->predict) return {};
  known_fields known;
  if (const auto* before = upstream_of(c, *p))
    known = fields_of_results(c, *before);
  else if (const auto s = std::find_if(c.sources.begin(), c.sources.end(), named(p->from));
           s != c.sources.end())
    known = known_fields(*s);
  step_compiler fields(std::cref(known), {}, known.names());
  for (const auto& step : p->steps) fields.compile(step);
  auto wrong = unknown_features(*p, model, fields);
  for (auto& m : taken_names(*p, model.classes)) wrong.push_back(std::move(m));
  if (wrong.empty()) return {};
  const auto& first = wrong.front();
  return fail(ec::invalid, "model " + model.name + " " + model.version + " does not fit pipeline " +
                               pipeline + ": " + first.what + " (got " + first.got + ", want " + first.want +
                               ")");
}

} // namespace sluice
