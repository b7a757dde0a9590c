// Checks of the step predict: its bundle, the features in front of it, the names it writes.
#pragma once

#include "actors/predict/scoring.hpp"
#include "actors/transform/step_compiler.hpp"
#include "app/configuration.hpp"
#include "app/known_fields.hpp"
#include "config/interpolate.hpp"
#include "config/report.hpp"
#include "config/yaml_node.hpp"
#include "messages/errors.hpp"

namespace sluice {

// `fields`: what events have behind the steps before the window. `node`: the pipeline in the file.
void check_predict(const pipeline_options& pipeline, const step_compiler& fields,
                   const config::yaml_node& node, const config::surroundings& world, config::report& out);

// The same of a model at hand, for a valid configuration. Errors (ec::invalid): the first feature that cannot
// be there, or name that is taken.
outcome<void> check_model(const configuration& c, const std::string& pipeline, const model_facts& model);

// What a pipeline's results may have because of it: name and type.
std::vector<std::pair<std::string, value_type>> prediction_types(const predict_options& options);

} // namespace sluice
