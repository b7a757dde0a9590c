#include "app/configuration_models.hpp"

#include <algorithm>

#include "config/nearest_name.hpp"

namespace sluice {

using namespace config;

void check_model(const model_options& m, const yaml_node& node, report& out) {
  const auto refuse = [&](const char* key, const std::string& what, const char* want) {
    if (const auto* entry = node.find(key)) out.error(entry->key.at, what, show(entry->value), want);
  };
  if (m.task() == model_task::regression) refuse("classes", "a regression has no classes", "no classes");
  if (m.stop_after() == 0) refuse("validation", "validation is without stop_after", "stop_after of the kind");
  if (std::holds_alternative<xgboost_options>(m.kind))
    refuse("cross_validation", "a model that is there is not trained", "no cross_validation");
  if (std::holds_alternative<text_options>(m.kind)) {
    refuse("standardise", "a model of texts has no numbers", "no standardise");
    refuse("categories", "a model of texts has no categories", "no categories");
    if (m.missing == missing_policy::usual)
      refuse("missing", "a model of texts knows no usual text", "refuse or model");
  }
}

void check_models(const training_configuration& c, const yaml_node& root, report& out) {
  std::vector<std::string> pipelines;
  for (const auto& p : c.service.pipelines) pipelines.push_back(p.name);
  for (std::size_t i = 0; i < c.models.size(); ++i) {
    const auto& m = c.models[i];
    const auto* node = root.value("models")->value(m.name);
    for (std::size_t j = 0; j < i; ++j)
      if (c.models[j].folder() == m.folder())
        out.error(m.at, "two models have one folder", in_quotes(m.folder()),
                  "another one than model " + c.models[j].name);
    const auto* data = node == nullptr ? nullptr : node->value("data");
    const auto* pipeline = data == nullptr ? nullptr : data->value("pipeline");
    if (pipeline == nullptr || pipeline->unset || m.data.pipeline.empty() ||
        std::find(pipelines.begin(), pipelines.end(), m.data.pipeline) != pipelines.end())
      continue;
    out.error(pipeline->at, "unknown pipeline" + did_you_mean(m.data.pipeline, pipelines), show(*pipeline),
              "one of " + list_of_names(pipelines));
  }
}

} // namespace sluice
