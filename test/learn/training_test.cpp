#include "actors/learn/training.hpp"

#include "rooms_fixture.hpp"

using namespace sluice;
using namespace sluice::test;

TEST_CASE("every kind of classification learns what there is to learn, and its bundle loads") {
  rooms r;
  const std::vector<model_kind> kinds{logistic_regression_options(), decision_tree_options(),
                                      random_forest_options(), boosted_trees_options()};
  for (const auto& kind : kinds)
    for (const auto* label : {"occupied", "level"}) {
      r.m.kind = kind;
      r.m.label = {label};
      CAPTURE(kind.index());
      CAPTURE(label);
      const auto made = r.train();
      REQUIRE(r.errors == "");
      CHECK(number(made, "/metrics/test/accuracy") > 0.8);
      CHECK(number(made, "/metrics/test/auc") > 0.8);
      CHECK(number(made, "/rows/train") == 240);
      CHECK(number(made, "/metrics/test/rows") == 60);
      const auto p = r.bundle();
      CHECK(p.hash() == made["hash"]);
      CHECK(p.about().samples.size() == 10);
      CHECK(p.about().kind == made["kind"]);
      CHECK(p.about().classes == (std::string(label) == "occupied"
                                      ? std::vector<std::string>{"0", "1"}
                                      : std::vector<std::string>{"high", "low", "middle"}));
    }
}

TEST_CASE("every kind of regression does") {
  rooms r;
  r.m.label = {"comfort"};
  decision_tree_options tree;
  random_forest_options forest;
  boosted_trees_options boosted;
  tree.task = forest.task = boosted.task = model_task::regression;
  for (const model_kind& kind : std::vector<model_kind>{linear_regression_options(), tree, forest, boosted}) {
    r.m.kind = kind;
    CAPTURE(kind.index());
    const auto made = r.train();
    REQUIRE(r.errors == "");
    CHECK(number(made, "/metrics/test/r2") > 0.9);
    CHECK(r.bundle().about().task == model_task::regression);
  }
  r.m.kind = linear_regression_options();
  CHECK(number(r.train(), "/metrics/test/r2") > 0.999);
}

TEST_CASE("texts are classified by their words") {
  rooms r;
  text_options text;
  text.stop_words = {"english"};
  text.dimensions = 8;
  r.m.kind = text;
  r.m.features = {{"note"}, {"room"}};
  r.m.cross_validation = 3;
  const auto made = r.train();
  REQUIRE(r.errors == "");
  CHECK(number(made, "/metrics/test/accuracy") == 1);
  CHECK(number(made, "/metrics/cross_validation/accuracy/mean") == 1);
  const auto p = r.bundle();
  scores got;
  const std::vector<feature_value> rows{feature_value::of(std::string_view("Bright, and people TALK")),
                                        {}, //
                                        feature_value::of(std::string_view("the is of")),
                                        {}};
  REQUIRE(p.score(rows, got));
  CHECK(got.states == std::vector{scores::state::scored, scores::state::incomplete}); // no word is left of it
  CHECK(p.about().classes[got.classes[0]] == "1");
}

TEST_CASE("equal data, options and seed give equal bytes; another seed gives another model") {
  rooms r;
  r.m.kind = random_forest_options();
  r.m.cross_validation = 2;
  const auto first = r.train()["hash"];
  CHECK(r.train()["hash"] == first);
  r.m.seed = 2;
  CHECK(r.train()["hash"] != first);
  text_options text;
  text.dimensions = 4;
  r.m.kind = text;
  r.m.features = {{"note"}};
  const auto words = r.train()["hash"];
  CHECK(r.train()["hash"] == words);
}

TEST_CASE("early stopping keeps the rounds that were best on the validation rows") {
  rooms r;
  boosted_trees_options o;
  o.rounds = 300;
  o.stop_after = 5;
  r.m.kind = o;
  r.train();
  REQUIRE(r.errors == "");
  const auto rounds = r.bundle().about().parameters["rounds"].get<unsigned>();
  CHECK(rounds >= 1);
  CHECK(rounds < 100);
}

TEST_CASE("by time the latest rows judge") {
  rooms r;
  r.m.data.time = {false, "date", time_unit::ms, "%Y-%m-%d %H:%M:%S", "UTC"};
  r.m.test.by_time = true;
  r.m.test.share = 0.1;
  r.m.cross_validation = 3;
  const auto made = r.train();
  REQUIRE(r.errors == "");
  CHECK(number(made, "/metrics/test/rows") == 30);
  CHECK(number(made, "/metrics/cross_validation/folds") == 3);
}
