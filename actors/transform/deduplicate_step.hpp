// The step deduplicate as it stands in a configuration.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace sluice {

struct step_kind;

// deduplicate: { by: [fields] | all, within: 5m, limit: 1000 }
struct deduplicate_options {
  std::string id;
  std::vector<std::string> by; // empty = all: the time and the bytes of the message
  std::chrono::milliseconds within{300000};
  std::uint32_t limit = 1000; // events remembered per key
};

step_kind deduplicate_kind();

} // namespace sluice
