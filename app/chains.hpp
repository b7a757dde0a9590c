// Pipelines that read other pipelines: who reads whom, what lint says of it, and what their plans take from
// the pipeline before them.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "app/configuration.hpp"
#include "app/known_fields.hpp"
#include "config/report.hpp"
#include "config/yaml_node.hpp"

namespace sluice {

// The pipeline that `p` reads; null: it reads a source. A name that is both is the source's.
const pipeline_options* upstream_of(const configuration& c, const pipeline_options& p);
// The source at the beginning of the chain that ends with `p`; null: it does not exist, or the chain is a
// circle.
const source_options* root_of(const configuration& c, const pipeline_options& p);
// The pipelines that others read, in the order of the configuration.
std::vector<const pipeline_options*> read_by_others(const configuration& c);

// How long after its event time a result may come, on top of TICK: the delays and idle times of everything
// before `p`. 0 for one that reads a source; nullopt: something before it never closes by idleness.
std::optional<std::chrono::milliseconds> lag_of(const configuration& c, const pipeline_options& p);

// The fields of events that a pipeline behind `p` gets.
known_fields fields_of_results(const configuration& c, const pipeline_options& p);

// Circles, results that would be revised, a key and an output with one name.
void check_chains(const configuration& c, const config::yaml_node& root, config::report& out);

} // namespace sluice
