#include "app/configuration_predict.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>

#include "actors/predict/model_facts.hpp"
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
  std::uint64_t bytes = 0;
  for (const auto& file : std::filesystem::directory_iterator(predict.model, err))
    bytes += file.file_size(err);
  if (!err && bytes > predict.max_size) {
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

void check_features(const pipeline_options& p, const model_facts& model, const step_compiler& fields,
                    const yaml_node& path, report& out) {
  const auto outputs = p.window ? outputs_of(*p.window) : std::vector<std::string>();
  for (const auto& name : model.features) {
    const bool known = p.window ? std::find(outputs.begin(), outputs.end(), name) != outputs.end()
                                : fields.knows(name).known;
    if (known) continue;
    const auto names = p.window ? outputs : fields.names();
    out.error(path.at,
              "a feature of the model is no " + std::string(p.window ? "output of the window" : "field") +
                  did_you_mean(name, names),
              in_quotes(name), "one of " + list_of_names(names));
  }
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
  if (model) check_features(p, *model, fields, *path, out);
  if (!p.window) return;
  const auto written = prediction_fields(*p.predict, model ? model->classes : std::vector<std::string>());
  for (const auto& name : outputs_of(*p.window))
    if (std::find(written.begin(), written.end(), name) != written.end())
      out.error(into->at, "an output of the window and of predict have one name", in_quotes(name),
                "another name");
}

} // namespace sluice
