// What a model is trained from and how: one entry of `models:`.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "actors/ingest/decode_options.hpp"
#include "actors/predict/bundle.hpp"
#include "config/component_row.hpp"

namespace sluice {

// Linear models, by coordinate descent.
struct linear_options {
  unsigned rounds = 100;
  double learning_rate = 0.5;
  double l2 = 0.001, l1 = 0;
  unsigned stop_after = 0;
};
struct linear_regression_options : linear_options {};
struct logistic_regression_options : linear_options {};

struct tree_options {
  model_task task = model_task::classification;
  unsigned depth = 6;
  double min_weight = 1;
  double l2 = 1;
};
struct decision_tree_options : tree_options {
  decision_tree_options() { l2 = 0; }
};
struct random_forest_options : tree_options {
  unsigned trees = 100;
  double row_share = 0.8, feature_share = 0.8;
};
struct boosted_trees_options : tree_options {
  unsigned rounds = 100;
  double learning_rate = 0.3;
  double l1 = 0, min_gain = 0;
  double row_share = 1, feature_share = 1;
  unsigned stop_after = 0;
};
struct text_options {
  std::vector<std::string> stop_words;
  unsigned epochs = 50;
  double learning_rate = 0.5;
  unsigned dimensions = 50, word_runs = 2, subwords = 0, min_count = 1, buckets = 20'000;
  std::string vectors;
};
// A model that was trained elsewhere.
struct xgboost_options {
  model_task task = model_task::classification;
  std::string file;
};

using model_kind = std::variant<linear_regression_options, logistic_regression_options, decision_tree_options,
                                random_forest_options, boosted_trees_options, text_options, xgboost_options>;

// A name with the place where the configuration has it.
struct placed_name {
  std::string name;
  config::place at = {};
};

struct data_options {
  std::vector<std::string> files;
  std::string separator = ",";
  std::string pipeline; // its records in the journal, in place of files
  time_options time;    // of rows in files; arrival = none
};

struct test_options {
  bool by_time = false;
  double share = 0.2;
  std::vector<std::string> files; // in place of a share
};

struct model_options {
  std::string name;
  config::place at = {};
  model_kind kind;
  std::string into; // the folder of the bundle; "" = models/NAME
  std::string version = "1";
  data_options data;
  placed_name label;
  std::vector<placed_name> features;
  std::vector<placed_name> categories; // features that are categories even if they are numbers
  std::vector<std::string> classes;    // by code; empty = the values found, sorted
  bool standardise = true;
  missing_policy missing = missing_policy::refuse;
  test_options test;
  double validation = 0.1;
  unsigned cross_validation = 0;
  unsigned seed = 1;

  std::string folder() const { return into.empty() ? "models/" + name : into; }
  model_task task() const noexcept;
  unsigned stop_after() const noexcept;
  bool is_category(const std::string& feature) const noexcept; // one of `categories`
};

// The kinds of models, one row each, in the order of model_kind.
const std::vector<config::component_row<model_kind>>& model_rows();
// What stands beside the kind; `where` names the model in messages ("models.rooms").
config::options<model_options> model_table(const std::string& where);

} // namespace sluice
