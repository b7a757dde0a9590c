// One entry of `models:` from its rows to its bundle.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "actors/learn/trainer.hpp"
#include "config/report.hpp"

namespace sluice {

struct training_data {
  training_table rows;
  std::vector<std::pair<std::string, training_table>> tests; // name and rows of each file of `test.files`
};

// The columns that a model needs.
std::vector<std::string> columns_of(const model_options& m);

// Reads the files of `data` (not of a pipeline) and `test`. Errors: as read_table.
outcome<training_table> read_rows(const model_options& m);
outcome<std::vector<std::pair<std::string, training_table>>> read_tests(const model_options& m);

// Trains, judges and writes the bundle. Returns what `sluice train` prints of it: {"model", "kind", "bundle",
// "hash", "version", "rows", "left_out", "metrics", "drift"}. Errors: columns that are not in the data, or
// have numbers and texts, and a label without rows to learn from go to `out`, with their place; others as
// trainer and save_bundle.
outcome<nlohmann::ordered_json> train_model(const model_options& m, const training_data& data,
                                            config::report& out, const training_watch& tell);

} // namespace sluice
