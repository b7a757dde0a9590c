// Which files a pattern means, and what it names.
#include "actors/ingest/file/file_list.hpp"
#include "actors/ingest/file/path_pattern.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "test/store/store_fixture.hpp"

using namespace sluice;
namespace fs = std::filesystem;

namespace {

// What the names of `pattern` stand for in `path`, with commas between them; "no" when it does not match.
std::string match(std::string_view pattern, std::string_view path) {
  const auto p = path_pattern::parse(pattern);
  if (!p) return p.error().text;
  std::vector<std::string_view> values;
  if (!p->match(path, values)) return "no";
  std::string all;
  for (const auto value : values) all += (all.empty() ? "" : ",") + std::string(value);
  return all;
}

void write(const fs::path& path, std::string_view text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

std::vector<std::string> paths(const std::vector<std::string>& patterns,
                               std::vector<std::string>* problems = nullptr) {
  std::vector<path_pattern> parsed;
  for (const auto& p : patterns) parsed.push_back(*path_pattern::parse(p));
  std::vector<std::string> found, ours;
  for (const auto& f : list_files(parsed, problems != nullptr ? *problems : ours)) found.push_back(f.path);
  return found;
}

} // namespace

TEST_CASE("a path pattern names devices and fields by parts of file names") {
  CHECK(match("data/{device}.csv", "data/room-1.csv") == "room-1");
  CHECK(match("data/{device}.csv", "data/room.1.csv") == "room.1");
  CHECK(match("data/{device}.csv", "data/.csv") == "no");
  CHECK(match("data/{device}.csv", "data/a/room-1.csv") == "no");
  CHECK(match("data/{device}.csv", "data/room-1.csvx") == "no");
  CHECK(match("{site}/{device}-{day}.log", "north/pump-7-2024.log") == "north,pump-7,2024");
  CHECK(match("/var/log/*.log", "/var/log/a.log") == "");
  CHECK(match("/var/log/*.log", "/var/log/a.txt") == "no");
  CHECK(match("a?c", "abc") == "");
  CHECK(match("a?c", "ac") == "no");
  CHECK(match("**/*.csv", "a.csv") == "");
  CHECK(match("**/*.csv", "x/y/a.csv") == "");
  CHECK(match("data/**/{device}.csv", "data/x/y/pump.csv") == "pump");
  CHECK(match("data/**/{device}.csv", "date/x/pump.csv") == "no");
  CHECK(match("*", "anything") == "");
}

TEST_CASE("a plain path is itself, or the files that lie in it") {
  CHECK(match("data/a.csv", "data/a.csv") == "");
  CHECK(match("data", "data/a.csv") == "");
  CHECK(match("data/", "data/a.csv") == "");
  CHECK(match("data", "data/x/a.csv") == "no");
  CHECK(match("data", "database") == "no");
  CHECK(match("/", "/a") == "");
  CHECK(path_pattern::parse("data/a.csv")->is_plain());
  CHECK(!path_pattern::parse("data/*.csv")->is_plain());
}

TEST_CASE("a pattern that cannot be meant is refused with the reason") {
  CHECK(match("", "x") == "it is empty");
  CHECK(match("{device", "x") == "a brace is not closed");
  CHECK(match("{}.csv", "x") == "{} is no name (want letters, digits and _, a letter first)");
  CHECK(match("{a b}.csv", "x") == "{a b} is no name (want letters, digits and _, a letter first)");
  CHECK(match("{a}/{a}", "x") == "{a} stands in it twice");
  CHECK(match("{a}{b}", "x") == "nothing separates {b} from what stands before it");
  CHECK(match("*{b}", "x") == "nothing separates {b} from what stands before it");
  CHECK(match("{a}*", "x") == "nothing separates {a} from the * behind it");
  CHECK(match("a**/b", "x") == "** is a level of its own (got \"a**\")");
  CHECK(match("a/**", "x") == "** is followed by nothing (want e.g. \"**/*.csv\")");
}

TEST_CASE("files are found in the order of their paths, each once, hidden ones only by name") {
  test::temp_dir dir;
  const auto at = [&](const std::string& name) { return dir.path() + "/" + name; };
  for (const auto* name : {"b.csv", "a.csv", ".hidden.csv", "c.txt", "x/a.csv", "x/y/z.csv", ".git/a.csv"})
    write(at(name), "1\n");
  CHECK(paths({at("*.csv")}) == std::vector<std::string>{at("a.csv"), at("b.csv")});
  CHECK(paths({at("*.csv"), at("a.csv")}) == std::vector<std::string>{at("a.csv"), at("b.csv")});
  CHECK(paths({at(".*.csv")}) == std::vector<std::string>{at(".hidden.csv")});
  CHECK(paths({at("**/*.csv")}) ==
        std::vector<std::string>{at("a.csv"), at("b.csv"), at("x/a.csv"), at("x/y/z.csv")});
  CHECK(paths({at("{site}/{device}.csv")}) == std::vector<std::string>{at("x/a.csv")});
  CHECK(paths({dir.path()}) == std::vector<std::string>{at("a.csv"), at("b.csv"), at("c.txt")});
  fs::create_symlink(at("x"), at("x/y/loop"));
  CHECK(paths({at("x/*/*.csv")}) == std::vector<std::string>{at("x/y/z.csv")});
}

TEST_CASE("what is named and not there, or cannot be looked at, is a problem; an empty pattern is none") {
  test::temp_dir dir;
  std::vector<std::string> problems;
  CHECK(paths({dir.path() + "/*.csv"}, &problems).empty());
  CHECK(problems.empty());
  CHECK(paths({dir.path() + "/absent.csv", dir.path() + "/no/*.csv"}, &problems).empty());
  CHECK(problems == std::vector<std::string>{dir.path() + "/absent.csv: No such file or directory",
                                             dir.path() + "/no: No such file or directory"});
}
