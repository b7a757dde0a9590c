#include "actors/learn/training.hpp"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <random>

#include <unistd.h>

#include <doctest/doctest.h>

using namespace sluice;
namespace fs = std::filesystem;

namespace {

struct temporary_folder {
  std::string path;
  temporary_folder() {
    auto name = (fs::temp_directory_path() / "sluice-learn.XXXXXX").string();
    path = ::mkdtemp(name.data()) == nullptr ? "" : name;
  }
  ~temporary_folder() { fs::remove_all(path); }
};

// Rooms: occupied when it is bright, with some noise; `comfort` is a number that follows both readings.
std::string rooms_csv(unsigned rows, unsigned seed, double more_light = 0) {
  std::mt19937 random(seed);
  const auto uniform = [&] { return static_cast<double>(random() % 10'000) / 10'000; };
  std::string out = "date,room,temperature,light,occupied,level,comfort,note\n";
  for (unsigned i = 0; i < rows; ++i) {
    const double temperature = 18 + 6 * uniform(), light = 500 * uniform() + more_light;
    const bool occupied = (light > 250) != (uniform() < 0.05);
    const auto level = light < 150 ? "low" : light < 350 ? "middle" : "high";
    out += "2025-01-01 00:" + std::string(i % 60 < 10 ? "0" : "") + std::to_string(i % 60) + ":00," +
           (i % 3 == 0 ? "hall" : "office") + "," + std::to_string(temperature) + "," +
           std::to_string(light) + "," + (occupied ? "1" : "0") + "," + level + "," +
           std::to_string(2 * temperature - 0.1 * light) +
           (occupied ? ",the lamp is bright and people talk\n" : ",the lamp is dark and nobody is there\n");
  }
  return out;
}

struct rooms {
  temporary_folder folder;
  model_options m;

  rooms() {
    std::ofstream(folder.path + "/rooms.csv") << rooms_csv(300, 1);
    m.name = "rooms";
    m.into = folder.path + "/models/rooms";
    m.data.files = {folder.path + "/rooms.csv"};
    m.label = {"occupied"};
    m.features = {{"temperature"}, {"light"}};
    m.kind = logistic_regression_options();
  }
  std::string errors;
  nlohmann::ordered_json train() {
    auto rows = read_rows(m);
    REQUIRE_MESSAGE(rows.has_value(), rows.error().text);
    auto tests = read_tests(m);
    REQUIRE_MESSAGE(tests.has_value(), tests.error().text);
    config::report out;
    const training_data data{std::move(*rows), std::move(*tests)};
    auto made = train_model(m, data, out, [](const std::string&, double) {});
    errors = made ? out.text() : made.error().text;
    return made ? *made : nlohmann::ordered_json();
  }
  predictor bundle() const {
    auto p = predictor::load(m.into);
    REQUIRE_MESSAGE(p.has_value(), p.error().text);
    return std::move(*p);
  }
};

double number(const nlohmann::ordered_json& made, const char* pointer) {
  return made.at(nlohmann::ordered_json::json_pointer(pointer)).get<double>();
}

} // namespace

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

TEST_CASE("categories are learned by name, and the drift figures show which feature has moved") {
  rooms r;
  std::ofstream(r.folder.path + "/same.csv") << rooms_csv(300, 2);
  std::ofstream(r.folder.path + "/brighter.csv") << rooms_csv(300, 3, 200);
  r.m.kind = boosted_trees_options();
  r.m.features = {{"room"}, {"light"}};
  r.m.test.files = {r.folder.path + "/same.csv", r.folder.path + "/brighter.csv"};
  const auto made = r.train();
  REQUIRE(r.errors == "");
  const auto p = r.bundle();
  CHECK(p.about().features[0].categories == std::vector<std::string>{"hall", "office"});
  CHECK(made["drift"][r.m.test.files[0]]["light"] < 0.2);
  CHECK(made["drift"][r.m.test.files[1]]["light"] > 0.5);
  CHECK(made["drift"][r.m.test.files[1]]["room"] < 0.1);
  CHECK(made["metrics"][r.m.test.files[1]]["rows"] == 300);
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

TEST_CASE("rows without label or feature are counted, and the records of a pipeline are rows") {
  rooms r;
  std::ofstream out(r.folder.path + "/rooms.jsonl");
  for (int i = 0; i < 40; ++i)
    out << R"({"pipeline":"rooms","device":"a","start":0,"end":60000,"revision":0,"values":{"light_mean":)"
        << i * 10 << R"(,"occupied":)" << (i < 20 ? "false" : "true") << "}}\n";
  out << R"({"pipeline":"rooms","device":"a","start":0,"end":60000,"values":{"light_mean":3,"occupied":null}})"
      << "\n"
      << R"({"pipeline":"rooms","device":"a","start":0,"end":60000,"values":{"occupied":true}})"
      << "\n"
      << R"({"other":{"light_mean":1}})"
      << "\n";
  out.close();
  r.m.data.files = {r.folder.path + "/rooms.jsonl"};
  r.m.features = {{"light_mean"}};
  auto made = r.train();
  REQUIRE(r.errors == "");
  CHECK(made["left_out"]["data"].dump() == R"({"no_label":2,"unknown_class":0,"incomplete":1})");
  CHECK(number(made, "/rows/train") + number(made, "/rows/test") == 40);
  r.m.missing = missing_policy::usual;
  made = r.train();
  CHECK(made["left_out"]["data"]["incomplete"] == 0);
}

TEST_CASE("what is wrong with the data is said with its place") {
  rooms r;
  r.m.features = {{"temperature"}, {"lihgt", {"rooms.yaml", 7, 12}}};
  r.train();
  CHECK(r.errors ==
        "rooms.yaml:7:12: error: models.rooms.features: the data has no such column, did you mean "
        "\"light\"? (got \"lihgt\", want one of date, room, temperature, light, occupied, level, "
        "comfort, note)\n");
  r.m.features = {{"light"}};
  r.m.data.time = {false, "room"};
  auto rows = read_rows(r.m);
  REQUIRE(!rows);
  CHECK(rows.error().code == ec::invalid);
  CHECK(rows.error().text.find(r.folder.path + "/rooms.csv:2: column room is no time (want ") == 0);
  r.m.data.time = {};
  r.m.data.files = {r.folder.path + "/none.csv"};
  rows = read_rows(r.m);
  REQUIRE(!rows);
  CHECK(rows.error().code == ec::storage);
  std::ofstream(r.folder.path + "/one.csv") << "light,occupied\n1,yes\n2,yes\n";
  r.m.data.files = {r.folder.path + "/one.csv"};
  r.train();
  CHECK(r.errors == "the label occupied has too few classes (got 1, want at least 2)");
  std::ofstream(r.folder.path + "/latin.csv") << "light,occupied\n1,n\xe3o\n";
  r.m.data.files = {r.folder.path + "/latin.csv"};
  rows = read_rows(r.m);
  REQUIRE(!rows);
  CHECK(rows.error().text == r.folder.path + "/latin.csv:2: column occupied is not UTF-8");
}

TEST_CASE("a model of Python's xgboost becomes a bundle without being trained") {
  rooms r;
  std::ofstream(r.folder.path + "/rooms.csv")
      << "temperature,humidity,light,occupied\n20,40,300,yes\n20,40,10,no\n21,,400,yes\n22,50,,no\n";
  xgboost_options foreign;
  foreign.file = std::string(SLUICE_SOURCE_DIR) + "/test/data/models/binary.ubj";
  r.m.kind = foreign;
  r.m.features = {{"temperature"}, {"humidity"}, {"light"}};
  r.m.standardise = false;
  r.m.missing = missing_policy::model;
  r.m.test.share = 0;
  const auto made = r.train();
  REQUIRE(r.errors == "");
  CHECK(number(made, "/metrics/train/accuracy") == 1);
  std::ifstream file(foreign.file, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), {});
  CHECK(r.bundle().about().model == bytes); // unchanged
  r.m.features.pop_back();
  r.train();
  CHECK(r.errors == "models.rooms: the model has another number of features than the bundle (got 3, want 2)");
}
