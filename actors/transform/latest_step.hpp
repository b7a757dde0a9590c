// The step latest as it stands in a configuration.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

struct step_kind;

// latest: { fields: [a, b], max_age: 10m }
struct latest_options {
  std::string id;
  std::vector<std::string> fields;
  std::optional<std::chrono::milliseconds> max_age = std::chrono::minutes(10); // nullopt = for ever
};

step_kind latest_kind();

} // namespace sluice
