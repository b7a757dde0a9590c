#include "actors/learn/metrics_json.hpp"

#include <algorithm>
#include <cmath>

namespace sluice {

namespace {

using json = nlohmann::ordered_json;

json number(double v) {
  return std::isfinite(v) ? json(v) : json();
}

} // namespace

json to_json(const regression_metrics& m) {
  return {{"rows", m.rows},
          {"mse", number(m.mse)},
          {"rmse", number(m.rmse)},
          {"mae", number(m.mae)},
          {"r2", number(m.r2)}};
}

json to_json(const classification_metrics& m, const std::vector<std::string>& classes) {
  json made{{"rows", m.rows},
            {"accuracy", number(m.accuracy)},
            {"log_loss", number(m.log_loss)},
            {"auc", number(m.auc)}};
  made["classes"] = json::array();
  for (std::size_t k = 0; k < m.classes.size(); ++k) {
    const auto& c = m.classes[k];
    made["classes"].push_back({{"name", classes[k]},
                               {"rows", c.rows},
                               {"precision", c.precision},
                               {"recall", c.recall},
                               {"f1", c.f1}});
  }
  made["confusion"] = m.confusion;
  return made;
}

json mean_of(const std::vector<json>& each) {
  json made{{"folds", each.size()}};
  if (each.empty()) return made;
  for (const auto& [name, first] : each.front().items()) {
    if (name == "rows" || first.is_array()) continue;
    if (!std::all_of(each.begin(), each.end(), [&](const json& one) { return one.contains(name); })) continue;
    double sum = 0, squares = 0;
    std::size_t known = 0;
    for (const auto& one : each)
      if (one[name].is_number()) sum += one[name].get<double>(), ++known;
    const auto n = static_cast<double>(known);
    for (const auto& one : each)
      if (one[name].is_number()) squares += std::pow(one[name].get<double>() - sum / n, 2);
    made[name] = {{"mean", known == 0 ? json() : json(sum / n)},
                  {"deviation", known < 2 ? json() : json(std::sqrt(squares / (n - 1)))}};
  }
  return made;
}

} // namespace sluice
