// From the configuration to what reader, shards and store are made of.
#pragma once

#include <string>
#include <vector>

#include "actors/ingest/reader.hpp"
#include "actors/store/store.hpp"
#include "actors/window/plan.hpp"
#include "app/configuration.hpp"

namespace sluice {

// A pipeline that others read, and what it reads itself.
struct loop_plan {
  std::string pipeline, source;
};

struct plans {
  std::vector<reader_source> sources;   // in configuration order, then those of pipelines that others read
  std::vector<pipeline_plan> pipelines; // likewise; index = place
  std::vector<std::string> pipeline_names;
  std::vector<sink_route> routes; // sink name -> pipelines; then the loops
  std::vector<loop_plan> loops;
};

// `c` must be valid (its expressions compile).
plans make_plans(const configuration& c);

} // namespace sluice
