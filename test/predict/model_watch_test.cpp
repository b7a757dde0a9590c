// When a bundle in a folder becomes the model in force.
#include <doctest/doctest.h>

#include <filesystem>

#include "actors/predict/model_facts.hpp"
#include "actors/predict/model_watch.hpp"
#include "model_fixture.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

model_facts facts(std::uint64_t id) {
  model_facts f;
  f.id = id, f.classifies = true;
  f.features = {"t", "h"}, f.classes = {"no", "yes"};
  return f;
}

model_watch watch() {
  return {"models/a", std::make_shared<const model_facts>(facts(1))};
}

std::optional<bundle_look> look(const std::string& path) {
  static constexpr const char* parts[] = {"bundle.json", "samples.jsonl", "model.ubj"};
  return look_at_bundle(path, parts);
}

} // namespace

TEST_CASE("a bundle is read once it rests, and once only") {
  auto w = watch();
  const bundle_look one{1, {{2, 100, 5}}}, two{1, {{3, 100, 6}}};
  CHECK_FALSE(w.should_read(one));
  CHECK(w.should_read(one));
  CHECK_FALSE(w.should_read(one));
  CHECK_FALSE(w.should_read(two)); // it changed: not before it rests
  CHECK(w.should_read(two));
  w.failed("the disk is full");
  CHECK(w.trouble() == "the disk is full");
  CHECK(w.should_read(two)); // tried again
  CHECK_FALSE(w.should_read(std::nullopt));
  CHECK(w.trouble() == "models/a holds no bundle of a model");
}

TEST_CASE("another model is news when it has the features and classes of the one in force") {
  auto w = watch();
  CHECK_FALSE(w.is_news(facts(1)));
  CHECK(w.trouble().empty());
  CHECK(w.is_news(facts(2)));
  w.adopt(std::make_shared<const model_facts>(facts(2)));
  CHECK_FALSE(w.is_news(facts(2)));
  auto other = facts(3);
  other.features = {"h", "t"};
  CHECK_FALSE(w.is_news(other));
  CHECK(w.trouble() ==
        "models/a: the new model has other features than the one in force; a restart takes it");
  other = facts(3);
  other.classes.push_back("maybe");
  CHECK_FALSE(w.is_news(other));
  CHECK(w.trouble().find("other classes") != std::string::npos);
  CHECK(w.is_news(facts(4)));
  CHECK(w.trouble().empty());
}

TEST_CASE("a bundle that is replaced looks different") {
  const temp_dir folder;
  const auto path = folder.path() + "/model";
  CHECK_FALSE(look(path));
  auto b = python_bundle("number.ubj", {});
  REQUIRE(save_bundle(b, path));
  const auto before = look(path);
  REQUIRE(before);
  CHECK(look(path) == before);
  b.version = "2";
  REQUIRE(save_bundle(b, path));
  CHECK(look(path) != before);
}

TEST_CASE("a bundle looks different until the last of its files is copied") {
  const temp_dir folder;
  const auto path = folder.path() + "/model";
  REQUIRE(save_bundle(python_bundle("number.ubj", {}), path));
  // bundle.json was the first one; a large model arrives for some time, and samples behind it.
  auto before = look(path);
  for (const auto* part : {"/model.ubj", "/samples.jsonl", "/model.ubj"}) {
    std::ofstream(path + part, std::ios::app) << "more";
    const auto now = look(path);
    CHECK(now != before);
    before = now;
  }
  std::filesystem::remove(path + "/bundle.json");
  CHECK_FALSE(look(path));
}
