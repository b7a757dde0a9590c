#include "app/verbs/version.hpp"

#include <iostream>

#include <CLI/CLI.hpp>

#include "messages/exit_codes.hpp"

namespace sluice {

void add_version(CLI::App& app, int& exit_code) {
  auto* verb = app.add_subcommand("version", "print the version");
  verb->footer("Example: sluice version");
  verb->callback([&exit_code] {
    std::cout << "sluice " << SLUICE_VERSION << "\n";
    exit_code = exit_ok;
  });
}

} // namespace sluice
