#include "app/verbs/schema.hpp"

#include <iostream>

#include <CLI/CLI.hpp>

#include "app/schema.hpp"
#include "messages/exit_codes.hpp"

namespace sluice {

void add_schema(CLI::App& app, int& exit_code) {
  auto* verb =
      app.add_subcommand("schema", "print the JSON Schema of configurations, which editors complete from");
  verb->footer(
      "Example: sluice schema > sluice.schema.json\n"
      "and in the first line of a configuration: # yaml-language-server: $schema=sluice.schema.json");
  verb->callback([&exit_code] {
    std::cout << configuration_schema() << std::flush;
    exit_code = std::cout ? exit_ok : exit_storage;
  });
}

} // namespace sluice
