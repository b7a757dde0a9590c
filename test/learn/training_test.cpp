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

TEST_CASE("a word that only the vectors know is taken for its neighbours") {
  rooms r;
  std::ofstream table(r.folder.path() + "/rooms.csv");
  table << "note,occupied\n";
  for (int i = 0; i < 50; ++i) table << "bright,1\ndark,0\n";
  table.close();
  text_options text;
  text.vectors = r.folder.path() + "/words.vec";
  std::ofstream(text.vectors) << "4 2\nbright 1 0\ndark -1 0\nshiny 1 0\ngloomy -1 0\n";
  text.dimensions = 2;
  text.word_runs = 1;
  r.m.kind = text;
  r.m.features = {{"note"}};
  r.train();
  REQUIRE(r.errors == "");
  const auto p = r.bundle();
  scores got;
  REQUIRE(p.score(std::vector{feature_value::of(std::string_view("shiny")),
                              feature_value::of(std::string_view("gloomy"))},
                  got));
  CHECK(got.of_row(0)[1] > 0.9);
  CHECK(got.of_row(1)[0] > 0.9);
  const auto& asked = p.about().parameters;
  CHECK(asked["pretrainedVectors"] == text.vectors);
  CHECK(asked["bucket"] == 0); // there are no runs and no parts of words to hash
  CHECK(asked["dim"] == 2);
  text.dimensions = 3;
  r.m.kind = text;
  r.train();
  CHECK(r.errors == "the text model cannot be trained: Dimension of pretrained vectors (2) does not match "
                    "dimension (3)!");
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

TEST_CASE("by time the latest rows judge, of a cross-validation those that follow") {
  rooms r;
  // Each week has a room of its own: what was not learned yet gets no prediction. The latest stand first.
  std::ofstream out(r.folder.path() + "/rooms.csv");
  out << "date,room,occupied\n";
  for (int i = 99; i >= 0; --i)
    out << "2025-01-01 00:" << 10 + i / 20 << ":" << 10 + i % 20 << ",room " << i / 20 << "," << i % 2
        << "\n";
  out.close();
  r.m.kind = decision_tree_options();
  r.m.features = {{"room"}};
  r.m.data.time = {false, "date", time_unit::ms, "%Y-%m-%d %H:%M:%S", "UTC"};
  r.m.test.by_time = true;
  r.m.test.share = 0.2;
  r.m.cross_validation = 3;
  const auto made = r.train();
  REQUIRE(r.errors == "");
  CHECK(number(made, "/metrics/train/rows") == 80);
  CHECK(number(made, "/metrics/train/without_prediction") == 0);
  CHECK(number(made, "/metrics/test/without_prediction") == 20);
  CHECK(number(made, "/metrics/cross_validation/folds") == 3);
  CHECK(number(made, "/metrics/cross_validation/without_prediction/mean") == 20);
}
