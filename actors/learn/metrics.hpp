// How good predictions are.
#pragma once

#include <cstdint>
#include <vector>

namespace sluice {

struct regression_metrics {
  std::uint64_t rows = 0;
  double mse = 0, rmse = 0, mae = 0;
  double r2 = 0; // 1 - squared errors / squared distances from the mean; NaN when all rows are equal
};
regression_metrics judge_numbers(const std::vector<double>& predicted, const std::vector<double>& actual);

struct class_metrics {
  std::uint64_t rows = 0;
  double precision = 0, recall = 0, f1 = 0; // 0 where nothing was predicted, or there is nothing to find
};
struct classification_metrics {
  std::uint64_t rows = 0;
  double accuracy = 0;
  double log_loss = 0; // mean of -ln p(actual class), p within [1e-15, 1 - 1e-15]
  // Area under the ROC curve, ties count half (Mann-Whitney); of more than two classes the mean of one
  // against the rest, over the classes that occur; NaN when only one class does.
  double auc = 0;
  std::vector<class_metrics> classes;
  std::vector<std::vector<std::uint64_t>> confusion; // [actual][predicted]
};
// `probabilities`: one of each class per row, row after row; `actual`: codes below `classes`.
classification_metrics judge_classes(const std::vector<float>& probabilities,
                                     const std::vector<double>& actual, std::size_t classes);

} // namespace sluice
