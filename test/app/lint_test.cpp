// Every broken configuration of test/data/lint against its expected lines, which were written by hand.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <nlohmann/json.hpp>

#include "app/verbs/lint.hpp"
#include "messages/exit_codes.hpp"

using namespace sluice;
namespace fs = std::filesystem;

namespace {

// Runs with the working directory in `dir`, so that messages name files relatively.
struct working_directory {
  explicit working_directory(const fs::path& dir) : before(fs::current_path()) { fs::current_path(dir); }
  ~working_directory() { fs::current_path(before); }
  fs::path before;
};

std::string content(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

const fs::path lint_data = fs::path(SLUICE_SOURCE_DIR) / "test/data/lint";

} // namespace

TEST_CASE("every broken configuration gives exactly the lines expected of it and exit code 78") {
  const working_directory here(lint_data);
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator("."))
    if (entry.path().extension() == ".expected") names.insert(entry.path().stem().string());
  std::size_t broken = 0;
  for (const auto& name : names) {
    CAPTURE(name);
    const auto config = fs::is_directory(name) ? name : name + ".yaml";
    const auto expected = content(name + ".expected");
    std::ostringstream errors;
    lint_arguments arguments;
    arguments.configs = {config};
    const auto code = lint_verb(arguments, errors);
    CHECK(errors.str() == expected);
    const bool fails = expected.find(": error: ") != std::string::npos;
    CHECK(code == (fails ? exit_config : exit_ok));
    broken += fails;
  }
  CHECK(broken >= 25);
}

TEST_CASE("every configuration in test/data/lint has its expected lines") {
  for (const auto& entry : fs::directory_iterator(lint_data)) {
    if (entry.path().extension() == ".expected") continue;
    CAPTURE(entry.path().string());
    CHECK(fs::exists(lint_data / (entry.path().stem().string() + ".expected")));
  }
}

TEST_CASE("several configurations are checked in one go") {
  const working_directory here(lint_data);
  std::ostringstream errors;
  lint_arguments arguments;
  arguments.configs = {"tab.yaml", "arrival.yaml", "zero_window.yaml"};
  CHECK(lint_verb(arguments, errors) == exit_config);
  CHECK(errors.str() ==
        content("tab.expected") + content("arrival.expected") + content("zero_window.expected"));
}

TEST_CASE("with --allow-unset a variable without value is no error") {
  const working_directory here(lint_data);
  std::ostringstream errors;
  lint_arguments arguments;
  arguments.configs = {"secret_file.yaml"};
  arguments.allow_unset = true;
  CHECK(lint_verb(arguments, errors) == exit_ok);
  CHECK(errors.str() == "");
}

TEST_CASE("the state is compared only for a valid configuration and a given data directory") {
  const working_directory here(lint_data);
  std::ostringstream errors;
  lint_arguments arguments;
  int calls = 0;
  arguments.compare_state = [&](const configuration& c, const std::string& dir, config::report& out) {
    ++calls;
    CHECK(c.sources.size() == 2);
    CHECK(dir == "/var/lib/sluice");
    out.error({"arrival.yaml", 1, 1}, "pipeline climate has changed");
  };
  arguments.configs = {"arrival.yaml", "tab.yaml"};
  CHECK(lint_verb(arguments, errors) == exit_config);
  CHECK(calls == 0);
  arguments.data_dir = "/var/lib/sluice";
  CHECK(lint_verb(arguments, errors) == exit_config);
  CHECK(calls == 1);
  CHECK(errors.str().find("arrival.yaml:1:1: error: pipeline climate has changed\n") != std::string::npos);
}

TEST_CASE("lint --format json prints one object per finding") {
  const working_directory here(lint_data);
  std::ostringstream out;
  lint_arguments arguments;
  arguments.format = "json";
  arguments.configs = {"template_copies.yaml"};
  CHECK(lint_verb(arguments, out) == exit_config);
  std::istringstream lines(out.str());
  std::string text = content("template_copies.expected"), again;
  for (std::string line; std::getline(lines, line);) {
    const auto j = nlohmann::json::parse(line);
    again += j["file"].get<std::string>() + ":" + std::to_string(j["line"].get<int>()) + ":" +
             std::to_string(j["column"].get<int>()) + ": " + j["level"].get<std::string>() + ": " +
             j["message"].get<std::string>();
    if (j.contains("got"))
      again += " (got " + j["got"].get<std::string>() + ", want " + j["want"].get<std::string>() + ")";
    again += " [" + j.value("used", "") + "]\n";
  }
  for (std::size_t at = 0; (at = text.find(")\n", at)) != std::string::npos; at += 5)
    text.replace(at, 2, ") []\n"); // what is wrong in the use itself
  CHECK(again == text);
}
