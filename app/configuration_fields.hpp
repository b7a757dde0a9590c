// What the expressions, conditions and aggregates of a pipeline may name.
#pragma once

#include "app/configuration.hpp"
#include "app/known_fields.hpp"

namespace sluice {

// Compiles every expression and looks up every aggregated field against `known`, what the events have that
// the pipeline takes. `node` is the pipeline's map. Errors stand at the character of the expression that is
// wrong, where the file shows it on one line. Look-up tables are read for the types of their columns, if
// `world` says so; one that cannot be used is an error.
void check_fields(const pipeline_options& pipeline, const known_fields& known, const config::yaml_node& node,
                  const config::surroundings& world, config::report& out);

} // namespace sluice
