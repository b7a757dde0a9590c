// Bundles as users have them: copied, and judged in their own words.
#include "actors/predict/bundle_copy.hpp"

#include <doctest/doctest.h>

#include "actors/predict/model_facts.hpp"
#include "model_fixture.hpp"

using namespace sluice;
using namespace sluice::test;
namespace fs = std::filesystem;

TEST_CASE("a good bundle is copied, with what is to be known of its model") {
  const temp_dir folder;
  const auto path = folder.path() + "/mine";
  const auto hash = save_bundle(python_bundle("number.ubj", {}), path);
  REQUIRE(hash);
  const auto copied = copy_bundle(model_files(folder.path()), path, 1u << 20, "p");
  REQUIRE_MESSAGE(copied, (copied ? "" : copied.error().text));
  CHECK(copied->facts.id == model_id(*hash));
  CHECK(copied->facts.features == std::vector<std::string>{"temperature", "humidity", "light"});
  CHECK(content(copied->folder + "/bundle.json") == content(path + "/bundle.json"));
}

TEST_CASE("what is wrong with a bundle is said of the user's, not of a copy that is gone") {
  const temp_dir folder;
  const auto path = folder.path() + "/mine";
  REQUIRE(save_bundle(python_bundle("number.ubj", {}), path));
  const auto refusal = [&](std::uint64_t most) {
    const auto copied = copy_bundle(model_files(folder.path()), path, most, "p");
    REQUIRE_FALSE(copied);
    CHECK(copied.error().code == ec::invalid);
    const auto kept = folder.path() + "/models";
    CHECK((!fs::exists(kept) || fs::is_empty(kept)));
    return copied.error().text;
  };
  CHECK(refusal(100).starts_with(path + ": the bundle is too large"));
  fs::remove(path + "/samples.jsonl");
  CHECK(refusal(1u << 20) == "cannot read " + path + "/samples.jsonl: No such file or directory");
  write(path + "/bundle.json", "{");
  CHECK(refusal(1u << 20).starts_with(path + "/bundle.json: "));
}
