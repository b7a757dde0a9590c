// The step predict as it stands in a configuration.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/predict/feature.hpp"
#include "config/option.hpp"

namespace sluice {

// predict: { model: models/occupancy, into: occupancy }
struct predict_options {
  std::string id;
  std::string model; // the folder of the bundle
  std::string into;
  bool probabilities = false;
  enum class policy { bundle, refuse, usual, model } missing = policy::bundle;
  std::chrono::milliseconds timeout{2000};
  std::uint64_t max_size = std::uint64_t(256) << 20; // bytes of the bundle's files together

  // nullopt: the bundle's own.
  std::optional<missing_policy> missing_as() const;
};

const config::options<predict_options>& predict_table();

// What a result without a prediction has instead: "unavailable" or "incomplete".
inline constexpr std::string_view prediction_flag = "prediction";
// The names of what a prediction is written into.
std::string probability_field(std::string_view into);
std::string class_field(std::string_view into, std::string_view class_name);
// How many bytes a prediction adds to a record, about: names of classes are the model's.
std::size_t prediction_bytes(const predict_options& options) noexcept;
// All of them; without `classes` (a regression, or not known) none for each class.
std::vector<std::string> prediction_fields(const predict_options& options,
                                           const std::vector<std::string>& classes);

} // namespace sluice
