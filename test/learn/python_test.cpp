// What `sluice train` makes of rows is what Python's xgboost makes of them
// (test/data/models/make_learned.py).
#include <fstream>

#include <doctest/doctest.h>

#include "actors/learn/training.hpp"
#include "test/support/temp_dir.hpp"

using namespace sluice;

namespace {

const std::string folder = std::string(SLUICE_SOURCE_DIR) + "/test/data/models/";

linear_options linear() {
  linear_options o;
  o.rounds = 40, o.l2 = 0.01, o.l1 = 0.001;
  return o;
}

template <class T> T trees(bool regression) {
  T o;
  o.task = regression ? model_task::regression : model_task::classification;
  o.depth = 3, o.l2 = 0.5;
  return o;
}

model_kind kind_of(const std::string& name, bool regression) {
  if (name == "linear_regression") return linear_regression_options{linear()};
  if (name == "logistic_regression") return logistic_regression_options{linear()};
  if (name == "decision_tree") return trees<decision_tree_options>(regression);
  if (name == "random_forest") {
    auto o = trees<random_forest_options>(regression);
    o.trees = 20, o.row_share = 0.8, o.feature_share = 0.75;
    return o;
  }
  auto o = trees<boosted_trees_options>(regression);
  o.rounds = 8, o.l1 = 0.1, o.min_gain = 0.05, o.row_share = 0.9, o.feature_share = 0.75;
  return o;
}

} // namespace

TEST_CASE("every kind of model says of every row what Python's xgboost says with equal parameters") {
  const test::temp_dir made;
  std::ifstream file(folder + "learned.json");
  const auto models = nlohmann::json::parse(file);
  REQUIRE(models.size() == 12);
  for (const auto& python : models) {
    const auto name = python["kind"].get<std::string>(), label = python["label"].get<std::string>();
    CAPTURE(name);
    CAPTURE(label);
    model_options m;
    m.name = "rooms";
    m.into = made.path() + "/rooms";
    m.kind = kind_of(name, label == "comfort");
    m.data.files = {folder + "learned.csv"};
    m.label = {label};
    m.features = {{"temperature"}, {"humidity"}, {"light"}, {"room"}};
    m.missing = missing_policy::model;
    m.test.share = 0;
    m.seed = 7;
    auto table = read_rows(m);
    REQUIRE(table);
    config::report out;
    const training_data data{std::move(*table), {}};
    REQUIRE(train_model(m, data, out, [](const std::string&, double) {}));
    const auto ours = predictor::load(m.into);
    REQUIRE_MESSAGE(ours.has_value(), ours.error().text);
    CHECK(ours->about().kind == name);
    CHECK(nlohmann::json(ours->about().parameters) == python["parameters"]);

    row_list all;
    for (std::size_t i = 0; i < data.rows.rows(); ++i) all.push_back(i);
    scores got;
    REQUIRE(ours->score(values_of(m, data.rows, all), got));
    const auto& want = python["answers"];
    REQUIRE(got.states.size() == want.size());
    double farthest = 0;
    for (std::size_t i = 0; i < want.size(); ++i) {
      CHECK(got.states[i] == scores::state::scored);
      const auto row = got.of_row(i);
      const auto first = row.size() - want[i].size(); // of two classes Python says the second's probability
      for (std::size_t k = 0; k < want[i].size(); ++k)
        farthest = std::max(farthest, std::abs(row[first + k] - want[i][k].get<double>()));
    }
    CHECK(farthest <= 1e-6);
  }
}
