// A pipeline of the configuration: its keys, its steps, and what gives its state its meaning.
#pragma once

#include <string>

#include "app/configuration.hpp"
#include "config/option.hpp"

namespace sluice {

// The keys of a pipeline; `name` stands in messages ("pipelines.climate").
config::options<pipeline_options> pipeline_table(const std::string& name);

// The canonical text of what gives the pipeline's state its meaning: source, device, time and sequence paths,
// steps, window and aggregates. Not idle, late, sinks, fields or anything of the connection: those apply from
// the next start on.
std::string meaning_of(const pipeline_options& pipeline, const source_options& source);
// Of a pipeline that reads `upstream`, whose meaning is known: what changes there changes the events here.
std::string meaning_of(const pipeline_options& pipeline, const pipeline_options& upstream);

} // namespace sluice
