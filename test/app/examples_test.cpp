// Every example that is shipped: free of findings, and with a test file whose cases pass.
#include <doctest/doctest.h>

#include <filesystem>
#include <sstream>

#include "app/verbs/lint.hpp"
#include "app/verbs/test.hpp"
#include "messages/exit_codes.hpp"

using namespace sluice;
namespace fs = std::filesystem;

TEST_CASE("every example of config and docs is free of errors and warnings and passes its test") {
  const auto before = fs::current_path();
  fs::current_path(SLUICE_SOURCE_DIR);
  int seen = 0;
  for (const auto* folder : {"config", "docs"})
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      const auto name = entry.path().string();
      if (entry.path().extension() != ".yaml" || name.ends_with(".test.yaml")) continue;
      CAPTURE(name);
      ++seen;
      std::ostringstream out, errors;
      lint_arguments lint;
      lint.configs = {name};
      lint.allow_unset = true;
      CHECK(lint_verb(lint, errors) == exit_ok);
      test_arguments test;
      test.configs = {name};
      CHECK(test_verb(test, out, errors) == exit_ok);
      CHECK(errors.str() == "");
      if (out.str().find("FAILED") != std::string::npos) FAIL_CHECK(out.str());
    }
  CHECK(seen >= 1);
  fs::current_path(before);
}
