// The declaration of each kind of model.
#include "actors/learn/model_options.hpp"

#include "actors/predict/stop_words.hpp"
#include "config/number_kinds.hpp"

namespace sluice {

using namespace config;

namespace {

constexpr const char* stop_sentence =
    "Stops when the loss on the validation rows (`validation`) was not better for so many rounds, and trains "
    "the best number of rounds. 0 = never.";

template <class T> void add_rounds(options<T>& table, const char* sentence) {
  table.add({"rounds", sentence, "200"}, &T::rounds, whole_number<unsigned>(1, 100'000))
      .add({"learning_rate", "How much of each step is taken.", "0.1"}, &T::learning_rate,
           number(0.000001, 1))
      .add({"stop_after", stop_sentence, "10"}, &T::stop_after, whole_number<unsigned>(0, 10'000));
}

template <class T> void add_task(options<T>& table) {
  table.add({"task", "Whether the label is one of some classes, or a number.", "regression"}, &T::task,
            choice<model_task>(
                {{"classification", model_task::classification}, {"regression", model_task::regression}}));
}

template <class T> options<T> linear(const char* name) {
  options<T> table(name);
  add_rounds(table, "Passes over the features.");
  table
      .add({"l2", "Penalty on the squares of the weights, per row.", "0.01"}, &linear_options::l2,
           number(0, 1e6))
      .add({"l1", "Penalty on their sizes, per row: weights become 0.", "0.0001"}, &linear_options::l1,
           number(0, 1e6));
  return table;
}

template <class T> options<T> trees(const char* name) {
  options<T> table(name);
  add_task(table);
  table
      .add({"depth", "Questions from the root to a leaf, at most.", "4"}, &tree_options::depth,
           whole_number<unsigned>(1, 30))
      .add({"min_weight",
            "Least sum of second derivatives in a leaf (of a regression: least number of rows).", "5"},
           &tree_options::min_weight, number(0, 1e9))
      .add({"l2", "Penalty on the squares of the leaves.", "2"}, &tree_options::l2, number(0, 1e9));
  return table;
}

template <class T> void add_shares(options<T>& table, const char* feature_sentence) {
  table.add({"row_share", "Share of the rows that a tree sees.", "50%"}, &T::row_share, share(0.01, 1))
      .add({"feature_share", feature_sentence, "50%"}, &T::feature_share, share(0.01, 1));
}

options<random_forest_options> forest() {
  auto table = trees<random_forest_options>("random_forest");
  table.add({"trees", "How many trees.", "200"}, &random_forest_options::trees,
            whole_number<unsigned>(1, 10'000));
  add_shares(table, "Share of the features that a question chooses from.");
  return table;
}

options<boosted_trees_options> boosted() {
  auto table = trees<boosted_trees_options>("boosted_trees");
  add_rounds(table, "Trees, one after the other (of each class).");
  table.add({"l1", "Penalty on the sizes of the leaves.", "0.5"}, &boosted_trees_options::l1, number(0, 1e9))
      .add({"min_gain", "Least gain of a question.", "0.1"}, &boosted_trees_options::min_gain,
           number(0, 1e9));
  add_shares(table, "Share of the features that a tree sees.");
  return table;
}

option_kind<std::vector<std::string>> languages() {
  std::vector<std::pair<std::string, std::string>> words;
  for (const auto& name : stop_word_languages()) words.emplace_back(name, name);
  return one_or_list(choice<std::string>(words));
}

options<text_options> words() {
  options<text_options> table("text");
  table
      .add({"stop_words", "Languages whose words without a subject (articles, pronouns) are left out.",
            "[portuguese, english]", false, false, "none"},
           &text_options::stop_words, languages())
      .add({"epochs", "How often all texts are read.", "100"}, &text_options::epochs,
           whole_number<unsigned>(1, 100'000))
      .add({"learning_rate", "Of the first step; it falls to 0.", "0.2"}, &text_options::learning_rate,
           number(0.000001, 100))
      .add({"dimensions", "Numbers in the vector of a word.", "100"}, &text_options::dimensions,
           whole_number<unsigned>(1, 10'000))
      .add({"word_runs", "Runs of up to so many words are learned beside the words.", "1"},
           &text_options::word_runs, whole_number<unsigned>(1, 10))
      .add({"subwords", "Parts of words, from 3 letters to so many, are learned, too. 0 = none.", "5"},
           &text_options::subwords, whole_number<unsigned>(0, 20))
      .add({"min_count", "Words that are rarer are left out.", "2"}, &text_options::min_count,
           whole_number<unsigned>(1, 1'000'000))
      .add(
          {"buckets", "Vectors that runs and parts of words share by hash: the size of the model.", "200000"},
          &text_options::buckets, whole_number<unsigned>(1, 10'000'000))
      .add({"vectors", "Word vectors to begin with: a text file (.vec) of as many dimensions.",
            "cc.pt.50.vec", false, false, "random ones"},
           &text_options::vectors, text(nullptr, "not empty", "path"));
  return table;
}

options<xgboost_options> foreign() {
  options<xgboost_options> table("xgboost");
  table.add({"file", "The model.", "model.ubj", required}, &xgboost_options::file,
            text(nullptr, "not empty", "path"));
  add_task(table);
  return table;
}

std::string example(const std::string& name, const std::string& kind) {
  return "models:\n  " + name + ":\n    " + kind +
         "\n    data: { files: training.csv }\n    label: occupied\n    features: [temperature, light]";
}

} // namespace

const std::vector<component_row<model_kind>>& model_rows() {
  static const std::vector<component_row<model_kind>> rows{
      alternative_of<model_kind>(linear<linear_regression_options>("linear_regression"),
                                 "A number as a weighted sum of the features: least squares by coordinate "
                                 "descent (XGBoost, gblinear).",
                                 example("air", "linear_regression: { l2: 0.01 }")),
      alternative_of<model_kind>(
          linear<logistic_regression_options>("logistic_regression"),
          "The probability of each class from weighted sums of the features, two classes or more (XGBoost, "
          "gblinear).",
          example("rooms", "logistic_regression: { rounds: 50 }")),
      alternative_of<model_kind>(trees<decision_tree_options>("decision_tree"),
                                 "One tree of questions about features (XGBoost, one round of exact splits).",
                                 example("rooms", "decision_tree: { depth: 4 }")),
      alternative_of<model_kind>(
          forest(), "The mean of many trees, each of other rows and features (XGBoost, num_parallel_tree).",
          example("rooms", "random_forest: { trees: 200 }")),
      alternative_of<model_kind>(boosted(), "Trees that each correct the ones before (XGBoost, gbtree).",
                                 example("rooms", "boosted_trees: { depth: 4, stop_after: 10 }")),
      alternative_of<model_kind>(
          words(),
          "The class of a text: words in small letters, their vectors learned with the classes (fastText).",
          "models:\n  complaints:\n    text: { stop_words: portuguese }\n    data: { files: complaints.csv "
          "}\n    label: group\n    features: [problem, subject]"),
      alternative_of<model_kind>(
          foreign(),
          "A model that XGBoost saved elsewhere, e.g. in Python (JSON or UBJSON), taken as it is; the data "
          "gives its metrics, the spread of its features and the sample rows of the bundle. Its features are "
          "as it was trained: `standardise: false` unless it saw standardised ones.",
          "models:\n  rooms:\n    xgboost: { file: model.ubj }\n    data: { files: rooms.csv }\n    label: "
          "occupied\n    features: [temperature, light]\n    standardise: false"),
  };
  return rows;
}

} // namespace sluice
