// Metrics as they are printed and kept in a bundle. What is not defined is null.
#pragma once

#include <nlohmann/json.hpp>

#include "actors/learn/metrics.hpp"

namespace sluice {

nlohmann::ordered_json to_json(const regression_metrics& m);
nlohmann::ordered_json to_json(const classification_metrics& m, const std::vector<std::string>& classes);

// Mean and deviation (of a sample) of each number that all of `each` have: of a cross-validation.
nlohmann::ordered_json mean_of(const std::vector<nlohmann::ordered_json>& each);

} // namespace sluice
