#include "actors/predict/drift_window.hpp"

#include <utility>

namespace sluice {

namespace {

void add_up(drift_counts& into, const drift_counts& from) {
  if (into.features.size() < from.features.size()) into.features.resize(from.features.size());
  for (std::size_t k = 0; k < from.features.size(); ++k) {
    auto& sums = into.features[k];
    if (sums.size() < from.features[k].size()) sums.resize(from.features[k].size());
    for (std::size_t bin = 0; bin < from.features[k].size(); ++bin) sums[bin] += from.features[k][bin];
  }
}

} // namespace

void drift_window::add(std::span<const feature_value> row, const predictor& model) {
  if (rows_ == half) {
    older_ = std::exchange(counts_, {});
    older_rows_ = std::exchange(rows_, 0);
  }
  model.observe(row, counts_);
  ++rows_;
}

std::vector<double> drift_window::against(const model_facts& model) const {
  auto sum = counts_;
  add_up(sum, older_);
  return stability_indexes(model.seen, sum.features);
}

void drift_window::operator+=(const drift_window& other) {
  add_up(counts_, other.counts_);
  add_up(older_, other.older_);
  rows_ += other.rows_, older_rows_ += other.older_rows_;
}

} // namespace sluice
