// The rows that a model saw lately, as counts per bin of each feature.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "actors/predict/predictor.hpp"
#include "actors/predict/scoring.hpp"

namespace sluice {

// Holds the last 10 000 to 20 000 rows: two halves, of which the older one goes when the newer one is full.
class drift_window {
public:
  static constexpr std::size_t half = 10'000;

  void add(std::span<const feature_value> row, const predictor& model);
  // One population stability index per feature against the training data; empty without rows.
  std::vector<double> against(const model_facts& model) const;
  std::size_t rows() const noexcept { return older_rows_ + rows_; }
  void operator+=(const drift_window& other);

private:
  drift_counts counts_, older_;
  std::size_t rows_ = 0, older_rows_ = 0;
};

} // namespace sluice
