// `sluice test CONFIG`: runs the cases beside a configuration.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace sluice {

struct test_arguments {
  std::vector<std::string> configs;
  std::string cases; // a test file instead of the one beside the configuration
  std::string only;  // only cases whose name holds this text
  bool show = false; // print what came out
};

// Returns an exit code: 0 every case is as expected; 1 one is not, or there is none; 78 a configuration or
// test file is wrong.
int test_verb(const test_arguments& a, std::ostream& out, std::ostream& errors);
void add_test(CLI::App& app, int& exit_code);

} // namespace sluice
