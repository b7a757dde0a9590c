// From columns of all sorts to features, and what is wrong with them.
#include "actors/learn/training.hpp"

#include "rooms_fixture.hpp"

using namespace sluice;
using namespace sluice::test;

TEST_CASE("categories are learned by name, and the drift figures show which feature has moved") {
  rooms r;
  std::ofstream(r.folder.path() + "/same.csv") << rooms_csv(300, 2);
  std::ofstream(r.folder.path() + "/brighter.csv") << rooms_csv(300, 3, 200);
  r.m.kind = boosted_trees_options();
  r.m.features = {{"room"}, {"light"}};
  r.m.test.files = {r.folder.path() + "/same.csv", r.folder.path() + "/brighter.csv"};
  const auto made = r.train();
  REQUIRE(r.errors == "");
  const auto p = r.bundle();
  CHECK(p.about().features[0].categories == std::vector<std::string>{"hall", "office"});
  CHECK(made["drift"][r.m.test.files[0]]["light"] < 0.2);
  CHECK(made["drift"][r.m.test.files[1]]["light"] > 0.5);
  CHECK(made["drift"][r.m.test.files[1]]["room"] < 0.1);
  CHECK(made["metrics"][r.m.test.files[1]]["rows"] == 300);
}

TEST_CASE("a category that a fold has not learned gives no prediction, and all folds count those") {
  rooms r;
  std::ofstream out(r.folder.path() + "/rare.csv");
  out << "room,occupied\ncellar,1\n";
  for (int i = 0; i < 60; ++i) out << (i % 2 == 0 ? "hall,0\n" : "office,1\n");
  out.close();
  r.m.data.files = {r.folder.path() + "/rare.csv"};
  r.m.kind = decision_tree_options();
  r.m.features = {{"room"}};
  r.m.test.share = 0;
  r.m.cross_validation = 4;
  const auto made = r.train();
  REQUIRE(r.errors == "");
  CHECK(number(made, "/metrics/cross_validation/without_prediction/mean") == 0.25); // one row in one of four
  CHECK(number(made, "/metrics/train/without_prediction") == 0);
}

TEST_CASE("codes are numbers unless they are called categories, and one text among numbers is refused") {
  rooms r;
  std::ofstream out(r.folder.path() + "/codes.csv");
  out << "room,other,occupied\n";
  for (int i = 0; i < 90; ++i)
    out << i % 3 << "," << (i == 7 ? "n/a" : std::to_string(i)) << "," << (i % 3 == 1 ? "yes\n" : "no\n");
  out.close();
  r.m.data.files = {r.folder.path() + "/codes.csv"};
  r.m.kind = decision_tree_options();
  r.m.features = {{"room"}};
  r.train();
  CHECK(r.bundle().about().features[0].type == feature_type::number);
  r.m.categories = {{"room"}};
  r.train();
  CHECK(r.bundle().about().features[0].categories == std::vector<std::string>{"0", "1", "2"});
  r.m.features.push_back({"other", {"rooms.yaml", 7, 20}});
  r.train();
  CHECK(r.errors == "rooms.yaml:7:20: error: models.rooms.features: column other has numbers and texts (got "
                    "\"n/a\" among 89 numbers, want numbers alone, or categories: [other])\n");
  r.m.categories.push_back({"other"});
  r.train();
  CHECK(r.errors == "");
}

TEST_CASE("rows without label or feature are counted, and the records of a pipeline are rows") {
  rooms r;
  std::ofstream out(r.folder.path() + "/rooms.jsonl");
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
  r.m.data.files = {r.folder.path() + "/rooms.jsonl"};
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
  CHECK(
      r.errors ==
      "rooms.yaml:7:12: error: models.rooms.features: the data has no values of such a column, did you mean "
      "\"light\"? (got \"lihgt\", want one of date, room, temperature, light, occupied, level, "
      "comfort, note)\n");
  r.m.features = {{"light"}};
  r.m.data.time = {false, "room"};
  auto rows = read_rows(r.m);
  REQUIRE(!rows);
  CHECK(rows.error().code == ec::invalid);
  CHECK(rows.error().text.find(r.folder.path() +
                               "/rooms.csv:2: column room is no time (got \"hall\", want ") == 0);
  r.m.data.time = {};
  r.m.data.files = {r.folder.path() + "/none.csv"};
  rows = read_rows(r.m);
  REQUIRE(!rows);
  CHECK(rows.error().code == ec::storage);
  std::ofstream(r.folder.path() + "/one.csv") << "light,occupied\n1,yes\n2,yes\n";
  r.m.data.files = {r.folder.path() + "/one.csv"};
  r.train();
  CHECK(r.errors == "the label occupied has too few classes (got 1, want at least 2)");
  std::ofstream(r.folder.path() + "/latin.csv") << "light,occupied\n1,n\xe3o\n";
  r.m.data.files = {r.folder.path() + "/latin.csv"};
  rows = read_rows(r.m);
  REQUIRE(!rows);
  CHECK(rows.error().text == r.folder.path() + "/latin.csv:2: column occupied is not UTF-8");
}

TEST_CASE("a model of Python's xgboost becomes a bundle without being trained") {
  rooms r;
  std::ofstream(r.folder.path() + "/rooms.csv")
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
  CHECK(r.errors == "models.rooms: " + foreign.file +
                        ": the model has another number of features than the bundle (got 3, want 2)");
}

TEST_CASE("a model from elsewhere that cannot be read is named, with the reason") {
  rooms r;
  const auto errors = [&](const std::string& file) {
    xgboost_options foreign;
    foreign.file = file;
    r.m.kind = foreign;
    r.train();
    return r.errors;
  };
  const auto none = r.folder.path() + "/none.ubj", bad = r.folder.path() + "/bad.ubj";
  CHECK(errors(none) == none + ": cannot be opened: No such file or directory");
  CHECK(errors(r.folder.path()).find(r.folder.path() + ": read failed at offset 0: Is a directory") == 0);
  std::ofstream(bad) << "no model";
  CHECK(errors(bad).find("models.rooms: " + bad + ": ") == 0);
}

TEST_CASE("only the classes that are named are learned, in the order of their names") {
  rooms r;
  r.m.kind = decision_tree_options();
  r.m.features = {{"light"}};
  r.m.label = {"level"};
  r.m.classes = {"middle", "high"};
  r.m.test.share = 0;
  const auto made = r.train();
  REQUIRE(r.errors == "");
  const auto table = rooms_csv(300, 1);
  std::size_t low = 0;
  for (auto at = table.find(",low,"); at != std::string::npos; at = table.find(",low,", at + 1)) ++low;
  REQUIRE(low > 50);
  CHECK(made["left_out"]["data"]["unknown_class"] == low);
  CHECK(number(made, "/rows/train") == 300 - static_cast<double>(low));
  const auto p = r.bundle();
  CHECK(p.about().classes == r.m.classes);
  scores got;
  REQUIRE(p.score(std::vector{feature_value::of(200.0), feature_value::of(450.0)}, got));
  CHECK(got.classes == std::vector<unsigned>{0, 1});
}

TEST_CASE("when no row is left the reasons are counted, at the place of the label") {
  rooms r;
  std::ofstream(r.folder.path() + "/rooms.csv")
      << "light,room,occupied\n,hall,1\n,hall,0\n5,hall,\n6,hall,2\n7,hall,2\n";
  r.m.features = {{"light"}};
  r.m.label.at = {"rooms.yaml", 5, 12};
  r.m.classes = {"0", "1"};
  r.train();
  CHECK(r.errors == "rooms.yaml:5:12: error: models.rooms: the data has no row to learn from (got 1 without "
                    "occupied, 2 of another class, 2 without a feature, want at least 1)\n");
}

TEST_CASE("test files need no time: nothing divides them") {
  rooms r;
  std::ofstream(r.folder.path() + "/later.csv") << "temperature,light,occupied\n20,400,1\n20,10,0\n";
  r.m.data.time = {false, "date", time_unit::ms, "%Y-%m-%d %H:%M:%S", "UTC"};
  r.m.test.files = {r.folder.path() + "/later.csv"};
  const auto made = r.train();
  REQUIRE(r.errors == "");
  CHECK(made["metrics"][r.m.test.files[0]]["rows"] == 2);
}
