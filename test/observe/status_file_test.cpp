// The file is replaced as a whole or not at all.
#include "actors/observe/status_file.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <doctest/doctest.h>
#include <sys/stat.h>

using namespace sluice;
namespace fs = std::filesystem;

namespace {

struct folder {
  fs::path path;
  folder() {
    auto pattern = (fs::temp_directory_path() / "sluice-status-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path = pattern;
  }
  ~folder() { fs::remove_all(path); }
};

std::string content(const fs::path& file) {
  std::ifstream in(file);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

} // namespace

TEST_CASE("the status file holds the last report and nothing stays beside it") {
  folder dir;
  auto file = dir.path / "status.json";
  REQUIRE(write_status_file(file, "{\"a\":1,\"long\":true}"));
  REQUIRE(write_status_file(file, "{\"a\":2}"));
  CHECK(content(file) == "{\"a\":2}\n");
  CHECK(std::distance(fs::directory_iterator(dir.path), {}) == 1);
}

TEST_CASE("the status file has mode 0644 whatever the umask") {
  folder dir;
  auto before = ::umask(0077);
  auto written = write_status_file(dir.path / "status.json", "{}");
  ::umask(before);
  REQUIRE(written);
  auto mode = fs::status(dir.path / "status.json").permissions();
  CHECK(static_cast<unsigned>(mode) == 0644);
}

TEST_CASE("a report that cannot be written leaves the old file") {
  folder dir;
  auto file = dir.path / "status.json";
  REQUIRE(write_status_file(file, "old"));
  fs::create_directory(file.string() + ".new"); // in the way of the new one, also for root
  auto written = write_status_file(file, "new");
  REQUIRE_FALSE(written);
  CHECK(written.error().code == ec::storage);
  CHECK(written.error().text.find("status.json.new") != std::string::npos);
  CHECK(content(file) == "old\n");
}

TEST_CASE("a missing folder is an error with its path") {
  auto written = write_status_file("/nonexistent-folder/status.json", "{}");
  REQUIRE_FALSE(written);
  CHECK(written.error().text.find("/nonexistent-folder/status.json") != std::string::npos);
}
