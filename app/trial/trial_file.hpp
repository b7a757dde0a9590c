// A test file of a configuration ("greenhouse.test.yaml"): cases of messages in virtual time and what must
// come out.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "config/report.hpp"

namespace sluice {

using trial_json = nlohmann::ordered_json;

// One line of `input:`: a message, or time that passes, or a source that goes down, comes up or ends.
struct trial_input {
  enum class kind { message, wait, up, down, end } what = kind::message;
  config::place at;
  std::string source; // "" = the only one there is
  std::string topic, payload;
  std::vector<std::pair<std::string, std::string>> properties; // MQTT 5 user properties
  bool dup = false, retain = false;
  std::chrono::milliseconds wait{0};
};

struct trial_case {
  std::string name;
  config::place at;
  std::int64_t start_ms = 1704067200000; // 2024-01-01
  std::vector<trial_input> input;
  std::optional<std::vector<trial_json>> results;                       // absent: not compared
  std::vector<trial_json> dead_letters;                                 // absent: none may come
  std::map<std::string, std::map<std::string, std::uint64_t>> counters; // by pipeline or source
};

struct trial_file {
  std::map<std::string, std::string> environment; // the only variables the configuration sees
  std::vector<trial_case> cases;
};

// Reads `path`; everything wrong is reported.
trial_file read_trial_file(const std::string& path, config::report& out);

// The test file beside a configuration: x.yaml -> x.test.yaml; of a folder every *.test.yaml inside, sorted.
std::vector<std::string> trial_files_of(const std::string& config);

} // namespace sluice
