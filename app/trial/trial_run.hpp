// Runs one case of a test file: the configuration's reader and shards over a journal of their own, in virtual
// time.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "app/configuration.hpp"
#include "app/trial/trial_file.hpp"

namespace sluice {

struct trial_output {
  std::vector<trial_json> results, dead_letters;
  std::map<std::string, std::map<std::string, std::uint64_t>> counters; // by source and pipeline
};

// No broker, no sink, no wall clock; the journal lies in a folder that is removed afterwards. Ticks come
// every second of `wait:` (of long ones 3600 in equal distances). Errors: ec::invalid, an input that names no
// source of `c`; ec::storage.
outcome<trial_output> run_trial(const configuration& c, const trial_case& one);

} // namespace sluice
