// Kept bundles: copied, given their place, and forgotten with the journal.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "actors/store/model_files.hpp"
#include "store_fixture.hpp"

using namespace sluice;
namespace fs = std::filesystem;

namespace {

void make_bundle(const std::string& path, const std::string& model) {
  fs::create_directories(path);
  std::ofstream(path + "/bundle.json") << "{}";
  std::ofstream(path + "/samples.jsonl") << "";
  std::ofstream(path + "/model.json") << model;
  std::ofstream(path + "/notes.txt") << "of no model";
}

} // namespace

TEST_CASE("a bundle is copied and kept; what is no part of it stays behind") {
  const test::temp_dir dir;
  const model_files files(dir.path());
  make_bundle(dir.path() + "/mine", "one");
  const auto copied = files.copy(dir.path() + "/mine", 1000, "p");
  REQUIRE_MESSAGE(copied, (copied ? "" : copied.error().text));
  REQUIRE(files.keep(*copied, 7));
  CHECK_FALSE(fs::exists(*copied));
  CHECK(fs::exists(files.path(7) + "/model.json"));
  CHECK_FALSE(fs::exists(files.path(7) + "/notes.txt"));
  // Once more: what is kept is left alone.
  const auto before = fs::last_write_time(files.path(7) + "/model.json");
  REQUIRE(files.keep(files.copy(dir.path() + "/mine", 1000, "p").value(), 7));
  CHECK(fs::last_write_time(files.path(7) + "/model.json") == before);
  CHECK_FALSE(fs::exists(*copied));
}

TEST_CASE("a kept model that is torn is replaced by the good copy") {
  const test::temp_dir dir;
  const model_files files(dir.path());
  make_bundle(dir.path() + "/mine", "good");
  REQUIRE(files.keep(files.copy(dir.path() + "/mine", 1000, "p").value(), 7));
  const auto torn = files.path(7) + "/model.json";
  SUBCASE("a part is missing") {
    fs::remove(torn);
  }
  SUBCASE("a part is cut") {
    fs::resize_file(torn, 2);
  }
  SUBCASE("a part has other bytes") {
    std::ofstream(torn) << "evil";
  }
  const auto copied = files.copy(dir.path() + "/mine", 1000, "p").value();
  REQUIRE(files.keep(copied, 7));
  std::string content;
  std::ifstream(torn) >> content;
  CHECK(content == "good");
  CHECK_FALSE(fs::exists(copied));
}

TEST_CASE("what was being removed when the process ended goes, and has no name of a model") {
  const test::temp_dir dir;
  const model_files files(dir.path());
  make_bundle(dir.path() + "/mine", "one");
  REQUIRE(files.keep(files.copy(dir.path() + "/mine", 1000, "p").value(), 1));
  REQUIRE(files.tidy({}, 0, 5000));
  // A folder in its way: nothing under the model's own name is touched before it has left it.
  fs::create_directories(files.path(1) + ".removed/rest");
  REQUIRE(files.tidy({}, 5001, 9000));
  CHECK_FALSE(fs::exists(files.path(1)));
  CHECK_FALSE(fs::exists(files.path(1) + ".removed"));
  fs::create_directories(files.path(2) + ".removed/rest");
  REQUIRE(files.tidy({}, 5001, 9000));
  CHECK_FALSE(fs::exists(files.path(2) + ".removed"));
}

TEST_CASE("a bundle that is too large, or none, is the user's mistake") {
  const test::temp_dir dir;
  const model_files files(dir.path());
  make_bundle(dir.path() + "/mine", std::string(2000, 'x'));
  auto got = files.copy(dir.path() + "/mine", 1000, "p");
  REQUIRE_FALSE(got);
  CHECK(got.error().code == ec::invalid);
  CHECK(got.error().text == dir.path() + "/mine: the bundle is too large (got 2002 bytes, want at most "
                                         "max_size, 1000)");
  CHECK_FALSE(fs::exists(dir.path() + "/models/p.new"));
  got = files.copy(dir.path() + "/absent", 1000, "p");
  REQUIRE_FALSE(got);
  CHECK(got.error().code == ec::invalid);
}

TEST_CASE("the size of a bundle is that of its parts, whatever lies beside them") {
  const test::temp_dir dir;
  const auto mine = dir.path() + "/mine";
  CHECK(model_files::bytes_of(mine) == 0);
  make_bundle(mine, "model");
  CHECK(model_files::bytes_of(mine) == 7);
  std::ofstream(mine + "/backup.bin") << std::string(5000, 'x');
  fs::create_directories(mine + "/old");
  CHECK(model_files::bytes_of(mine) == 7);
  const auto copied = model_files(dir.path()).copy(mine, 7, "p");
  REQUIRE(copied);
  CHECK(model_files::bytes_of(*copied) == 7);
  CHECK_FALSE(model_files(dir.path()).copy(mine, 6, "p"));
}

TEST_CASE("a model goes when the journal begins behind the moment at which it went out of force") {
  const test::temp_dir dir;
  const model_files files(dir.path());
  for (const std::uint64_t id : {1, 2}) {
    make_bundle(dir.path() + "/mine", std::to_string(id));
    REQUIRE(files.keep(files.copy(dir.path() + "/mine", 1000, "p").value(), id));
  }
  REQUIRE(files.tidy({2}, 0, 5000)); // 1 went out of force at 5000
  CHECK(fs::exists(files.path(1)));
  REQUIRE(files.tidy({2}, 5000, 9000));
  CHECK(fs::exists(files.path(1)));
  REQUIRE(files.tidy({2}, 5001, 9000));
  CHECK_FALSE(fs::exists(files.path(1)));
  CHECK(fs::exists(files.path(2)));
}
