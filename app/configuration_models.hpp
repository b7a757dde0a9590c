// Rules of an entry of `models:` that need its kind or other components.
#pragma once

#include "app/training_configuration.hpp"
#include "config/yaml_node.hpp"

namespace sluice {

// Reports options that the kind of the model cannot have. `node` is what `m` was read from.
void check_model(const model_options& m, const config::yaml_node& node, config::report& out);

// Reports pipelines that models learn from and that there are not, and bundles of one folder.
void check_models(const training_configuration& c, const config::yaml_node& root, config::report& out);

} // namespace sluice
