// `sluice lint CONFIG..`: every error of every configuration, before anything runs.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "app/configuration.hpp"

namespace CLI {
class App;
} // namespace CLI

namespace sluice {

struct lint_arguments {
  std::vector<std::string> configs;
  std::string data_dir;        // "" = not compared
  std::string format = "text"; // or json: {"file","line","column","level","message","got","want"} per line
  bool allow_unset = false;
  // Compares a valid configuration with the state in a data directory. Without it there is no --data-dir.
  std::function<void(const configuration&, const std::string& data_dir, config::report&)> compare_state;
};

// Adds the verb with its options and help to `app`; parsing fills in `into`, which must outlive `app`.
CLI::App* declare_lint(CLI::App& app, lint_arguments& into);

// Writes the findings of all configurations to `out` and returns exit_config when one is an error, else
// exit_ok.
int lint_verb(const lint_arguments& arguments, std::ostream& out);
// The same on stderr, json on stdout.
int lint_verb(const lint_arguments& arguments);

} // namespace sluice
