#include "actors/predict/bundle.hpp"

#include <doctest/doctest.h>

#include "actors/predict/predictor.hpp"
#include "actors/predict/sha256.hpp"
#include "model_fixture.hpp"

using namespace sluice;
using namespace sluice::test;
namespace fs = std::filesystem;

namespace {

bundle with_samples() {
  auto b = python_bundle("binary.ubj", {"no", "yes"});
  const auto answers = python_answers();
  for (std::size_t i = 0; i < 3; ++i) {
    const double yes = answers["models"]["binary.ubj"][i][0];
    b.samples.push_back({answers["rows"][i], {1 - yes, yes}});
  }
  return b;
}

std::string loaded(const std::string& path) {
  const auto p = predictor::load(path);
  return p ? "" : p.error().text;
}

void replace(std::string& text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  text.replace(at, from.size(), to);
}

} // namespace

TEST_CASE("SHA-256 of the test vectors of FIPS 180") {
  CHECK(sha256_of("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("what is saved is loaded again, and equal bundles have equal hashes") {
  const temp_dir folder;
  auto b = with_samples();
  b.features[0].center = 20.25, b.features[0].scale = 0.1;
  b.features[1].type = feature_type::category;
  b.features[1].categories = {"a", "b \"quoted\""};
  b.features[1].seen = distribution::of_codes({0, 0, 1}, 2);
  b.metrics = {{"accuracy", 0.5}};
  const auto hash = save_bundle(b, folder.path() + "/deep/down/rooms");
  REQUIRE_MESSAGE(hash.has_value(), hash.error().text);
  CHECK(*save_bundle(b, folder.path() + "/other/") == *hash);
  const auto read = load_bundle(folder.path() + "/deep/down/rooms");
  REQUIRE_MESSAGE(read.has_value(), read.error().text);
  CHECK(read->hash == *hash);
  CHECK(read->what.model == b.model);
  CHECK(bundle_text(read->what, "m", "s") == bundle_text(b, "m", "s"));
  CHECK(samples_text(read->what) == samples_text(b));
}

TEST_CASE("a bundle takes the place of another one as a whole, and leaves nothing beside it") {
  const temp_dir folder;
  const auto path = folder.path() + "/rooms";
  auto b = with_samples();
  REQUIRE(save_bundle(b, path));
  write(path + "/stray", "of the old one");
  b.version = "2";
  const auto hash = save_bundle(b, path);
  REQUIRE(hash);
  CHECK(load_bundle(path)->hash == *hash);
  CHECK(!fs::exists(path + "/stray"));
  CHECK(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()) == 1);
}

TEST_CASE("a bundle that cannot be written says so and leaves the old one") {
  const temp_dir folder;
  write(folder.path() + "/file", "");
  const auto made = save_bundle(with_samples(), folder.path() + "/file/rooms");
  REQUIRE(!made);
  CHECK(made.error().code == ec::storage);
  CHECK(made.error().text.find("/file") != std::string::npos);
}

TEST_CASE("a bundle takes the place of a bundle or of nothing, and of nothing else") {
  const temp_dir folder;
  fs::create_directory(folder.path() + "/empty");
  CHECK(save_bundle(with_samples(), folder.path() + "/empty"));
  fs::create_directory(folder.path() + "/pictures");
  write(folder.path() + "/pictures/cat", "cat");
  write(folder.path() + "/file", "content");
  const auto error = [&](const std::string& name) {
    const auto made = save_bundle(with_samples(), folder.path() + name);
    return made ? "" : made.error().text.substr(folder.path().size());
  };
  CHECK(error("/pictures/") == "/pictures is no place for a model bundle (got a folder of other things, want "
                               "nothing, an empty folder or a bundle)");
  CHECK(error("/file") == "/file is no place for a model bundle (got a file, want nothing, an empty folder "
                          "or a bundle)");
  CHECK(content(folder.path() + "/pictures/cat") == "cat");
  CHECK(content(folder.path() + "/file") == "content");
}

TEST_CASE("the file of a model is called by its format") {
  auto b = python_bundle("classes.json", {"a", "b", "c"});
  CHECK(model_file(b) == "model.json");
  for (const auto* space : {"", " ", "\n", "\r\n", "\t"}) {
    b.model = std::string("{") + space + "\"learner\":{}}";
    CHECK(model_file(b) == "model.json");
  }
  CHECK(model_file(python_bundle("number.ubj", {})) == "model.ubj");
}

TEST_CASE("a bundle that is wrong is refused: what, where, what was found and what is wanted") {
  const temp_dir folder;
  const auto path = folder.path() + "/rooms";
  CHECK(loaded(path) == "cannot open the model bundle " + path + ": No such file or directory");
  const auto b = with_samples();
  REQUIRE(save_bundle(b, path));
  CHECK(loaded(path) == "");
  const auto good = content(path + "/bundle.json");

  struct fault {
    const char *from, *to, *error;
  };
  const fault faults[] = {
      {"\"format_version\": 1", "\"format_version\": 2",
       "/bundle.json: format_version is wrong (got 2, want 1)"},
      {"\"task\": \"classification\"", "\"task\": \"guess\"",
       "/bundle.json: task is wrong (got \"guess\", want one of regression classification)"},
      {"\"name\": \"humidity\"", "\"name\": 7",
       "/bundle.json: features[1].name is wrong (got 7, want a text)"},
      {"\"scale\": 1.0", "\"scale\": 0",
       "/bundle.json: features[0].scale is wrong (got 0, want a number above 0)"},
      {"\"missing\": \"model\",", "", "/bundle.json: missing is wrong (got nothing, want a text)"},
      {"\"file\": \"model.ubj\"", "\"file\": \"../x\"",
       "/bundle.json: model.file is wrong (got \"../x\", want model.json or model.ubj)"},
      {"\"file\": \"model.ubj\"", "\"file\": \"weights.ubj\"",
       "/bundle.json: model.file is wrong (got \"weights.ubj\", want model.json or model.ubj)"},
      {"\"library\": \"xgboost\"", "\"library\": \"fasttext\"",
       "/bundle.json: model.file is wrong (got \"model.ubj\", want model.bin)"},
      {"\"no\",", "", "/bundle.json: label.classes is wrong (got 1 classes, want at least two)"},
      {"\"no\",", "\"no\", \"maybe\",",
       ": the model has another number of classes than the bundle (got 2, want 3)"},
      {"{", "[", "/bundle.json: the file is wrong"},
  };
  for (const auto& f : faults) {
    CAPTURE(f.from);
    auto text = good;
    replace(text, f.from, f.to);
    write(path + "/bundle.json", text);
    const auto error = loaded(path);
    if (std::string_view(f.to) == "\"no\", \"maybe\",") { // found by the samples first
      CHECK(error.find("/samples.jsonl:1: outputs is wrong (got 2 numbers, want 3)") != std::string::npos);
      continue;
    }
    CHECK_MESSAGE(error.find(path + f.error) != std::string::npos, error);
  }
}

TEST_CASE(
    "a file that is not the one that bundle.json means is refused, as is a sample that comes out otherwise") {
  const temp_dir folder;
  const auto path = folder.path() + "/rooms";
  auto b = with_samples();
  REQUIRE(save_bundle(b, path));
  auto model = content(path + "/model.ubj");
  for (const std::size_t at : {std::size_t(0), model.size() / 2, model.size() - 1}) {
    auto damaged = model;
    damaged[at] ^= 1;
    write(path + "/model.ubj", damaged);
    CHECK(loaded(path).find(path + "/model.ubj is not the file that bundle.json means (got SHA-256 ") == 0);
  }
  write(path + "/model.ubj", model.substr(0, 100));
  CHECK(loaded(path).find("want " + sha256_of(model)) != std::string::npos);
  fs::remove(path + "/model.ubj");
  CHECK(loaded(path) == "cannot read " + path + "/model.ubj: No such file or directory");

  b.samples[1].outputs = {0.25, 0.75};
  REQUIRE(save_bundle(b, path));
  CHECK(loaded(path).find(path + "/samples.jsonl:2: output 0 is not what the bundle says (got 0.") == 0);
}

TEST_CASE("bytes that are no model are refused by name") {
  for (const auto* bytes : {"", "no model", "{\"learner\":{}}", "{}", "{L"}) {
    CAPTURE(bytes);
    auto b = python_bundle("binary.ubj", {"no", "yes"});
    b.model = bytes;
    const auto p = predictor::make(b, "models/rooms");
    REQUIRE(!p);
    CHECK(p.error().code == ec::corrupt);
    CHECK_MESSAGE(p.error().text.find("models/rooms: ") == 0, p.error().text);
  }
}

TEST_CASE("a model that was cut off anywhere is refused by name") {
  for (const auto* file : {"binary.ubj", "classes.json"}) {
    const auto whole = content(models + file);
    for (std::size_t length = 0; length < whole.size(); length += 97) {
      CAPTURE(file);
      CAPTURE(length);
      auto b = python_bundle(file, {"no", "yes"});
      b.model.resize(length);
      const auto p = predictor::make(b, "models/rooms");
      REQUIRE(!p);
      CHECK(p.error().code == ec::corrupt);
    }
  }
}

TEST_CASE("a model of another kind than the bundle says is refused") {
  const auto error = [](bundle b) { return predictor::make(std::move(b), "models/rooms").error().text; };
  CHECK(error(python_bundle("number.ubj", {"no", "yes"})) ==
        "models/rooms: the model has another task than the bundle (got reg:squarederror, want "
        "binary:logistic or "
        "multi:softprob)");
  CHECK(error(python_bundle("classes.json", {"no", "yes"})) ==
        "models/rooms: the model has another number of classes than the bundle (got 3, want 2)");
  auto b = python_bundle("number.ubj", {});
  b.features.pop_back();
  CHECK(error(b) == "models/rooms: the model has another number of features than the bundle (got 3, want 2)");
}
