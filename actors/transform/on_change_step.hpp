// The step on_change as it stands in a configuration.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "actors/transform/on_change.hpp"

namespace sluice {

struct step_kind;

// on_change: { fields: { temperature: 0.5, humidity: 5%, state: any }, at_least_every: 10m }
struct on_change_options {
  std::string id;
  struct field {
    std::string name;
    dead_band band;
  };
  std::vector<field> fields;
  std::optional<std::chrono::milliseconds> at_least_every; // nullopt = never without a change
};

step_kind on_change_kind();

} // namespace sluice
