// Checks of the step predict: its bundle, the features in front of it, the names it writes.
#pragma once

#include "actors/transform/step_compiler.hpp"
#include "app/configuration.hpp"
#include "app/known_fields.hpp"
#include "config/interpolate.hpp"
#include "config/report.hpp"
#include "config/yaml_node.hpp"

namespace sluice {

// `fields`: what events have behind the steps before the window. `node`: the pipeline in the file.
void check_predict(const pipeline_options& pipeline, const step_compiler& fields,
                   const config::yaml_node& node, const config::surroundings& world, config::report& out);

// What a pipeline's results may have because of it: name and type.
std::vector<std::pair<std::string, value_type>> prediction_types(const predict_options& options);

} // namespace sluice
