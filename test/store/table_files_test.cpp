// Contents of look-up tables under their hashes.
#include "actors/store/table_files.hpp"

#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "store_fixture.hpp"

using namespace sluice;
namespace fs = std::filesystem;

namespace {

std::size_t files(const std::string& dir) {
  std::size_t n = 0;
  if (fs::exists(dir + "/tables"))
    for ([[maybe_unused]] const auto& entry : fs::directory_iterator(dir + "/tables")) ++n;
  return n;
}

} // namespace

TEST_CASE("a content is found under its hash, however often it is kept") {
  const test::temp_dir dir;
  const table_files all(dir.path());
  const auto a = all.keep("room,floor\na,1\n"), b = all.keep(""), again = all.keep("room,floor\na,1\n");
  REQUIRE((a && b && again));
  CHECK(*a == *again);
  CHECK(*a == table_hash("room,floor\na,1\n"));
  CHECK(all.read(*a) == "room,floor\na,1\n");
  CHECK(all.read(*b) == "");
  CHECK(files(dir.path()) == 2);
}

TEST_CASE("a content that is not there or whose bytes changed is an error that names the file") {
  const test::temp_dir dir;
  const table_files all(dir.path());
  CHECK(all.read(5).error().code == ec::storage);
  const auto a = all.keep("abc");
  REQUIRE(a);
  for (const auto& entry : fs::directory_iterator(dir.path() + "/tables"))
    std::ofstream(entry.path()) << "abd";
  const auto damaged = all.read(*a);
  REQUIRE_FALSE(damaged);
  CHECK(damaged.error().code == ec::corrupt);
  CHECK(damaged.error().text.find(dir.path() + "/tables/") == 0);
  REQUIRE(all.keep("abc")); // written again
  CHECK(all.read(*a) == "abc");
}

TEST_CASE("a content goes when the journal begins behind the moment at which it went out of force") {
  const test::temp_dir dir;
  const table_files all(dir.path());
  const auto a = *all.keep("a"), b = *all.keep("b");
  REQUIRE(all.tidy({a, b}, 5000, 1000));
  CHECK(files(dir.path()) == 2);
  REQUIRE(all.tidy({b}, 500, 1000)); // a went out of force at 1000
  REQUIRE(all.tidy({b}, 1000, 2000));
  CHECK(files(dir.path()) == 2);
  REQUIRE(all.tidy({b}, 1001, 3000));
  CHECK(files(dir.path()) == 1);
  CHECK(all.read(b) == "b");
}

TEST_CASE("a content that comes into force again stays") {
  const test::temp_dir dir;
  const table_files all(dir.path());
  const auto a = *all.keep("a"), b = *all.keep("b");
  REQUIRE(all.tidy({b}, 500, 1000));
  REQUIRE(all.keep("a"));
  REQUIRE(all.tidy({a}, 5000, 6000)); // b went out of force only now
  CHECK(files(dir.path()) == 2);
  CHECK(all.read(a) == "a");
}
