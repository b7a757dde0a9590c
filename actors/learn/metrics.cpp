#include "actors/learn/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace sluice {

namespace {

constexpr auto undefined = std::numeric_limits<double>::quiet_NaN();

// The share of pairs (one of `code`, one of the rest) whose scores stand in the right order.
double area(const std::vector<float>& probabilities, const std::vector<double>& actual, std::size_t classes,
            std::size_t code) {
  std::vector<std::size_t> order(actual.size());
  std::iota(order.begin(), order.end(), std::size_t(0));
  const auto score = [&](std::size_t row) { return probabilities[row * classes + code]; };
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return score(a) < score(b); });
  double ranks = 0, positive = 0; // ranks of the rows of `code`; equal scores share their mean rank
  for (std::size_t i = 0; i < order.size();) {
    std::size_t end = i, of_code = 0;
    for (; end < order.size() && score(order[end]) == score(order[i]); ++end)
      of_code += static_cast<std::size_t>(actual[order[end]]) == code ? 1 : 0;
    ranks += static_cast<double>(of_code) * (static_cast<double>(i + 1 + end) / 2);
    positive += static_cast<double>(of_code);
    i = end;
  }
  const auto negative = static_cast<double>(actual.size()) - positive;
  if (positive == 0 || negative == 0) return undefined;
  return (ranks - positive * (positive + 1) / 2) / (positive * negative);
}

double ratio(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

} // namespace

regression_metrics judge_numbers(const std::vector<double>& predicted, const std::vector<double>& actual) {
  regression_metrics m;
  m.rows = actual.size();
  if (actual.empty()) return {0, undefined, undefined, undefined, undefined};
  const auto n = static_cast<double>(actual.size());
  const auto mean = std::accumulate(actual.begin(), actual.end(), 0.0) / n;
  double squares = 0, sizes = 0, spread = 0;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const auto off = predicted[i] - actual[i];
    squares += off * off;
    sizes += std::abs(off);
    spread += (actual[i] - mean) * (actual[i] - mean);
  }
  m.mse = squares / n;
  m.rmse = std::sqrt(m.mse);
  m.mae = sizes / n;
  m.r2 = spread == 0 ? undefined : 1 - squares / spread;
  return m;
}

classification_metrics judge_classes(const std::vector<float>& probabilities,
                                     const std::vector<double>& actual, std::size_t classes) {
  classification_metrics m;
  m.rows = actual.size();
  m.classes.resize(classes);
  m.confusion.assign(classes, std::vector<std::uint64_t>(classes));
  double loss = 0;
  std::uint64_t right = 0;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const auto* row = probabilities.data() + i * classes;
    const auto code = static_cast<std::size_t>(actual[i]);
    const auto chosen = static_cast<std::size_t>(std::max_element(row, row + classes) - row);
    ++m.confusion[code][chosen];
    right += code == chosen ? 1 : 0;
    loss -= std::log(std::clamp(static_cast<double>(row[code]), 1e-15, 1 - 1e-15));
  }
  m.accuracy = m.rows == 0 ? undefined : ratio(right, m.rows);
  m.log_loss = m.rows == 0 ? undefined : loss / static_cast<double>(m.rows);
  double areas = 0;
  std::size_t known = 0;
  for (std::size_t k = 0; k < classes; ++k) {
    std::uint64_t predicted = 0;
    auto& c = m.classes[k];
    for (std::size_t j = 0; j < classes; ++j) {
      predicted += m.confusion[j][k];
      c.rows += m.confusion[k][j];
    }
    c.precision = ratio(m.confusion[k][k], predicted);
    c.recall = ratio(m.confusion[k][k], c.rows);
    c.f1 = c.precision + c.recall == 0 ? 0 : 2 * c.precision * c.recall / (c.precision + c.recall);
    if (classes == 2 && k == 0) continue;
    const auto a = area(probabilities, actual, classes, k);
    if (!std::isnan(a)) areas += a, ++known;
  }
  m.auc = known == 0 ? undefined : areas / static_cast<double>(known);
  return m;
}

} // namespace sluice
