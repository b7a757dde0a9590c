#include <doctest/doctest.h>

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "config/interpolate.hpp"

using namespace sluice::config;
using sluice::ec;

namespace {

surroundings world(bool allow_unset = false) {
  static const std::map<std::string, std::string> variables{
      {"HOST", "plant"}, {"EMPTY", ""}, {"LINES", "a\nb"}, {"DIR", "/run"}, {"DOLLAR", "${HOST}"}};
  static const std::map<std::string, std::string> files{
      {"/run/token", "s3cret\r\n\n"}, {"/run/two", "a\nb\n"}, {"/run/nul", std::string("a\0b", 3)}};
  surroundings w;
  w.environment = [](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
  w.read_file = [](const std::string& path) -> sluice::outcome<std::string> {
    const auto found = files.find(path);
    if (found == files.end()) return sluice::fail(ec::invalid, "No such file or directory");
    return found->second;
  };
  w.why_unreadable = [](const std::string&) { return ""; };
  w.readable_by_all = [](const std::string& path) { return path == "/run/token"; };
  w.allow_unset = allow_unset;
  return w;
}

std::string text(std::string_view from) {
  const auto made = interpolate(from, world());
  REQUIRE(made);
  return made->text;
}

std::string wrong(std::string_view from) {
  const auto made = interpolate(from, world());
  REQUIRE(!made);
  CHECK(made.error().code == ec::invalid);
  return made.error().text;
}

} // namespace

TEST_CASE("variables are replaced, also several in one text") {
  CHECK(text("mqtt://${HOST}:1883") == "mqtt://plant:1883");
  CHECK(text("${HOST}${HOST}") == "plantplant");
  CHECK(text("no variable, $HOST, $ and }") == "no variable, $HOST, $ and }");
  CHECK(text("${EMPTY}") == "");
}

TEST_CASE("a default stands in for an unset or empty variable") {
  CHECK(text("${NONE:-a:-b}") == "a:-b");
  CHECK(text("${EMPTY:-x}") == "x");
  CHECK(text("${HOST:-x}") == "plant");
  CHECK(text("${NONE:-}") == "");
  CHECK(text("${NONE:-${HOST}}") == "plant");
  CHECK(text("${NONE:-${NONE:-deep}}!") == "deep!");
}

TEST_CASE("$${ is a plain ${") {
  CHECK(text("$${HOST}") == "${HOST}");
  CHECK(text("a$${b}${HOST}") == "a${b}plant");
}

TEST_CASE("a value is never interpolated again") {
  CHECK(text("${DOLLAR}") == "${HOST}");
}

TEST_CASE("a file gives its text without the newlines at its end, and is a secret") {
  const auto made = interpolate("${file:${DIR}/token}", world());
  REQUIRE(made);
  CHECK(made->text == "s3cret");
  CHECK(made->secret);
  CHECK(made->exposed_file == "/run/token");
  CHECK(!interpolate("${HOST}", world())->secret);
}

TEST_CASE("errors name the variable or the path") {
  CHECK(wrong("${NONE}").find("NONE is not set") != std::string::npos);
  CHECK(wrong("${file:/run/none}").find("${file:/run/none} cannot be read (got No such file") !=
        std::string::npos);
  CHECK(wrong("${LINES}").find("newline or NUL") != std::string::npos);
  CHECK(wrong("${file:/run/two}").find("${file:/run/two} holds a newline") != std::string::npos);
  CHECK(wrong("${file:/run/two}").find("a\nb") == std::string::npos);
  CHECK(wrong("${file:/run/nul}").find("newline or NUL") != std::string::npos);
  for (const char* bad : {"${", "${HOST", "${}", "${1A}", "${A B}", "${A-b}", "${HOST:-${NONE}", "${:-x}"}) {
    CAPTURE(std::string(bad));
    CHECK(!interpolate(bad, world()));
  }
  std::string nested = "x";
  for (int i = 0; i < 20; ++i) nested = "${NONE:-" + nested + "}";
  CHECK(wrong(nested).find("8 deep") != std::string::npos);
}

TEST_CASE("with allow_unset what has no value is marked") {
  const auto made = interpolate("${NONE}x", world(true));
  REQUIRE(made);
  CHECK(made->unset);
  CHECK(interpolate("${file:/run/none}", world(true))->unset);
  CHECK(!interpolate("${LINES}", world(true)));
}

TEST_CASE("the process's files: mode, absence and size are judged") {
  const auto path = (std::filesystem::temp_directory_path() / "sluice-interpolate-test").string();
  std::ofstream(path) << "token\n";
  const auto w = process_surroundings();
  ::chmod(path.c_str(), 0600);
  CHECK(w.read_file(path) == "token\n");
  CHECK(!w.readable_by_all(path));
  ::chmod(path.c_str(), 0644);
  CHECK(w.readable_by_all(path));
  CHECK(w.why_unreadable(path) == "");
  CHECK(w.why_unreadable(path + "-none") == "No such file or directory");
  CHECK(w.why_unreadable(std::filesystem::temp_directory_path().string()) == "Is a directory");
  std::ofstream(path) << std::string(70000, 'x');
  CHECK(!w.read_file(path));
  std::filesystem::remove(path);
}
