// What a model says of rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sluice {

// What a batch of rows came to. Row i has a prediction iff states[i] is `scored`.
struct scores {
  enum class state : std::uint8_t {
    scored,
    incomplete, // a feature is missing, and the bundle's policy is `refuse`
    not_finite, // the model gave NaN or an infinity
  };
  std::vector<state> states;
  std::vector<double> values;         // regression: the prediction; else the probability of the class
  std::vector<std::uint32_t> classes; // classification: the most probable one
  std::vector<float> outputs;         // all of the model's: per row one number, or a probability per class
  std::size_t width = 1;              // of outputs

  std::span<const float> of_row(std::size_t i) const noexcept { return {outputs.data() + i * width, width}; }
};

} // namespace sluice
