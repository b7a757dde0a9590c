// Trains one model on some rows of a table and judges it on others.
#pragma once

#include <functional>
#include <string>

#include <nlohmann/json.hpp>

#include "actors/learn/learning_rows.hpp"
#include "actors/predict/predictor.hpp"

namespace sluice {

// What is being done, and how much of it is done (0 to 1).
using training_watch = std::function<void(const std::string& what, double share)>;

class trainer {
public:
  // The arguments must outlive the trainer.
  trainer(const model_options& m, const training_table& table, const learning_rows& rows,
          const std::vector<std::string>& classes)
      : m_(m), table_(table), all_(rows), classes_(classes) {}

  // Types, scales and spreads of the features are those of `rows`, at least one. The bundle has no metrics
  // and no samples yet. Errors: ec::invalid (options or rows that no model can be made of), ec::storage,
  // ec::corrupt (a model from elsewhere).
  outcome<predictor> fit(const row_list& rows, const std::string& what, const training_watch& tell) const;

private:
  outcome<void> fit_numbers(const row_list& rows, const training_watch& tell, const std::string& what,
                            bundle& into) const;
  outcome<void> fit_words(const row_list& rows, const training_watch& tell, const std::string& what,
                          bundle& into) const;
  feature feature_of_rows(const std::string& name, const row_list& rows) const;

  const model_options& m_;
  const training_table& table_;
  const learning_rows& all_;
  const std::vector<std::string>& classes_;
};

// Metrics of the predictions for `rows`, and how many of them had none.
outcome<nlohmann::ordered_json> judge(const predictor& p, const model_options& m, const training_table& table,
                                      const learning_rows& all, const row_list& rows);
// One population stability index per feature, by name.
nlohmann::ordered_json drift_of(const predictor& p, const model_options& m, const training_table& table,
                                const row_list& rows);

} // namespace sluice
