// The documents that are made from the declarations, and the examples that stand in the declarations.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "app/builtins.hpp"
#include "app/reference_pages.hpp"

using namespace sluice;
namespace fs = std::filesystem;

namespace {

const fs::path root = SLUICE_SOURCE_DIR;

std::string content(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

// With SLUICE_WRITE_REFERENCE=1 the documents are written, not only compared.
bool writes() {
  return std::getenv("SLUICE_WRITE_REFERENCE") != nullptr;
}

void compare(const fs::path& file, const std::string& wanted) {
  CAPTURE(file.string());
  if (writes()) {
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << wanted;
  }
  CHECK_MESSAGE(
      content(file) == wanted,
      "out of date: SLUICE_WRITE_REFERENCE=1 build/release/test_app -tc='*declarations*' writes it");
}

} // namespace

TEST_CASE("the pages of docs/reference are what the declarations produce") {
  std::set<std::string> names;
  for (const auto& page : reference_pages()) {
    CHECK(names.insert(fs::path(page.path).filename().string()).second);
    compare(root / page.path, page.text);
  }
  for (const auto& entry : fs::directory_iterator(root / "docs/reference")) {
    CAPTURE(entry.path().string());
    const bool known = names.contains(entry.path().filename().string());
    if (!known && writes()) fs::remove(entry.path());
    CHECK((known || writes()));
  }
}

TEST_CASE("the index of config/README.md is what the declarations produce") {
  const std::string begin = "<!-- made from the declarations: begin -->\n",
                    end = "<!-- made from the declarations: end -->";
  const auto text = content(root / "config/README.md");
  const auto from = text.find(begin), to = text.find(end);
  REQUIRE(from != std::string::npos);
  REQUIRE(to != std::string::npos);
  compare(root / "config/README.md",
          text.substr(0, from + begin.size()) + reference_index() + text.substr(to));
}

TEST_CASE("every option of the reference has a sentence and an example") {
  const std::function<void(const std::vector<config::option_info>&)> look = [&](const auto& infos) {
    for (const auto& info : infos) {
      CAPTURE(info.what.name);
      CHECK(info.what.sentence.size() > 5);
      CHECK(!info.what.example.empty());
      look(info.nested);
    }
  };
  for (const auto& section : reference_sections()) {
    CAPTURE(section.title);
    look(section.infos);
    CHECK(!section.example.empty());
  }
}
