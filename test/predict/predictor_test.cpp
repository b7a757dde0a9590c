#include "actors/predict/predictor.hpp"

#include <thread>

#include <doctest/doctest.h>

#include "actors/predict/model_facts.hpp"
#include "model_fixture.hpp"

using namespace sluice;
using namespace sluice::test;

TEST_CASE("a model of Python's xgboost gives what it gave there, on every row") {
  const auto answers = python_answers();
  const auto rows = rows_of(answers["rows"]);
  struct model {
    const char* file;
    std::vector<std::string> classes;
  };
  for (const auto& [file, classes] :
       {model{"binary.ubj", {"no", "yes"}}, model{"classes.json", {"a", "b", "c"}}, model{"number.ubj", {}},
        model{"linear.json", {}}}) {
    CAPTURE(file);
    const auto p = predictor::make(python_bundle(file, classes), "bundle");
    REQUIRE_MESSAGE(p.has_value(), p.error().text);
    scores got;
    REQUIRE(p->score(rows, got).has_value());
    const auto& want = answers["models"][file];
    REQUIRE(got.states.size() == want.size());
    for (std::size_t i = 0; i < want.size(); ++i) {
      CHECK(got.states[i] == scores::state::scored);
      const auto row = got.of_row(i);
      const auto first = row.size() - want[i].size(); // of two classes Python says the second's probability
      for (std::size_t k = 0; k < want[i].size(); ++k)
        CHECK(row[first + k] == doctest::Approx(want[i][k].get<double>()).epsilon(1e-6));
      if (classes.empty()) continue;
      for (const auto p_class : row) CHECK(p_class <= got.values[i]);
      CHECK(row[got.classes[i]] == static_cast<float>(got.values[i]));
    }
  }
}

TEST_CASE("a row alone and a row among others come out alike") {
  const auto rows = rows_of(python_answers()["rows"]);
  const auto p = predictor::make(python_bundle("binary.ubj", {"no", "yes"}), "bundle");
  REQUIRE(p);
  scores together, alone;
  REQUIRE(p->score(rows, together));
  for (std::size_t i = 0; i < together.states.size(); ++i) {
    REQUIRE(p->score(std::span(rows).subspan(3 * i, 3), alone));
    CHECK(alone.outputs[1] == together.of_row(i)[1]);
  }
  REQUIRE(p->score({}, alone));
  CHECK(alone.states.empty());
}

TEST_CASE("what lacks a feature gets no prediction, the usual value, or the model's own judgement") {
  auto b = python_bundle("binary.ubj", {"no", "yes"});
  b.features[2].usual = 300;
  const std::vector<feature_value> rows{
      feature_value::of(21.0), feature_value::of(40.0), {},                                            //
      feature_value::of(21.0), feature_value::of(40.0), feature_value::of(std::string_view("bright")), //
      feature_value::of(21.0), feature_value::of(40.0), feature_value::of(300.0)};
  scores got;
  b.missing = missing_policy::refuse;
  REQUIRE(predictor::make(b, "bundle")->score(rows, got));
  CHECK(got.states ==
        std::vector{scores::state::incomplete, scores::state::incomplete, scores::state::scored});
  b.missing = missing_policy::usual;
  REQUIRE(predictor::make(b, "bundle")->score(rows, got));
  CHECK(got.values[0] == got.values[2]);
  CHECK(got.values[1] == got.values[2]);
  b.missing = missing_policy::model;
  REQUIRE(predictor::make(b, "bundle")->score(rows, got));
  CHECK(got.states[0] == scores::state::scored);
  CHECK(got.classes[0] != got.classes[2]); // trees learned their own way for what is missing
}

TEST_CASE("a category is its place among the known ones, whatever its type; an unknown one is missing") {
  feature f;
  f.type = feature_type::category;
  f.categories = {"1.5", "hall", "room"};
  CHECK(f.raw(feature_value::of(std::string_view("hall"))) == 1);
  CHECK(f.raw(feature_value::of(1.5)) == 0);
  CHECK(std::isnan(f.raw(feature_value::of(std::string_view("cellar")))));
  CHECK(f.observed(feature_value::of(std::string_view("cellar"))) == 3);
  CHECK(std::isnan(f.observed(feature_value{})));
}

TEST_CASE("any number of threads may score with one predictor") {
  const auto answers = python_answers();
  const auto rows = rows_of(answers["rows"]);
  for (const auto* file : {"number.ubj", "linear.json"}) {
    const auto p = predictor::make(python_bundle(file, {}), "bundle");
    REQUIRE(p);
    scores want;
    REQUIRE(p->score(rows, want));
    std::vector<int> different(4);
    std::vector<std::jthread> threads;
    for (auto& count : different)
      threads.emplace_back([&] {
        scores got;
        for (int i = 0; i < 200; ++i)
          if (!p->score(rows, got) || got.outputs != want.outputs) ++count;
      });
    threads.clear();
    CHECK(different == std::vector<int>(4));
  }
}

TEST_CASE("drift is 0 where the shares are those of the training data, and grows with what moves") {
  auto b = python_bundle("number.ubj", {});
  std::vector<double> seen;
  for (int i = 0; i < 100; ++i) seen.push_back(i);
  for (auto& f : b.features) f.seen = distribution::of_numbers(seen);
  const auto p = predictor::make(b, "bundle");
  REQUIRE(p);
  std::vector<feature_value> rows;
  for (int i = 0; i < 100; ++i) {
    rows.push_back(feature_value::of(static_cast<double>(i)));
    rows.push_back(feature_value::of(i / 2.0));
    rows.push_back({});
  }
  drift_counts counts;
  p->observe(std::span(rows).first(150), counts);
  p->observe(std::span(rows).subspan(150), counts); // counts of parts add up
  const auto drift = stability_indexes(facts_of(p->about(), p->hash()).seen, counts.features);
  CHECK(drift[0] == doctest::Approx(0));
  CHECK(drift[1] > 0.25);
  CHECK(drift[2] > drift[1]);
}
