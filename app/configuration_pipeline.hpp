// A pipeline of the configuration: its keys, its steps, and what its expressions and aggregates may name.
#pragma once

#include <string>

#include "app/configuration.hpp"
#include "app/known_fields.hpp"
#include "config/option.hpp"

namespace sluice {

// The keys of a pipeline; `name` stands in messages ("pipelines.climate").
config::options<pipeline_options> pipeline_table(const std::string& name);

// Compiles every expression and looks up every aggregated field against `known`, what the events have that
// the pipeline takes. `node` is the pipeline's map. Errors stand at the character of the expression that is
// wrong, where the file shows it on one line. Look-up tables are read for the types of their columns, if
// `world` says so; one that cannot be used is an error.
void check_fields(const pipeline_options& pipeline, const known_fields& known, const config::yaml_node& node,
                  const config::surroundings& world, config::report& out);

// The canonical text of what gives the pipeline's state its meaning: source, device, time and sequence paths,
// steps, window and aggregates. Not idle, late, sinks, fields or anything of the connection: those apply from
// the next start on.
std::string meaning_of(const pipeline_options& pipeline, const source_options& source);
// Of a pipeline that reads `upstream`, whose meaning is known: what changes there changes the events here.
std::string meaning_of(const pipeline_options& pipeline, const pipeline_options& upstream);

} // namespace sluice
