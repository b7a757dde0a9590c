// From the configuration to what reader, shards and store are made of.
#pragma once

#include <string>
#include <vector>

#include "actors/ingest/reader.hpp"
#include "actors/store/store.hpp"
#include "actors/window/plan.hpp"
#include "app/configuration.hpp"

namespace sluice {

struct plans {
  std::vector<reader_source> sources;   // in configuration order
  std::vector<pipeline_plan> pipelines; // likewise; index = place
  std::vector<std::string> pipeline_names;
  std::vector<sink_route> routes; // sink name -> pipelines
};

// `c` must be valid (its expressions compile).
plans make_plans(const configuration& c);

} // namespace sluice
