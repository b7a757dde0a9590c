#include "app/verbs/init.hpp"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "app/starting_file.hpp"
#include "messages/exit_codes.hpp"

namespace sluice {

int init_verb(const std::string& file, std::ostream& out, std::ostream& errors) {
  if (file == "-") {
    out << starting_configuration << std::flush;
    return out ? exit_ok : exit_storage;
  }
  auto tests = std::filesystem::path(file);
  tests.replace_extension(".test.yaml");
  std::error_code e;
  for (const auto& path : {std::filesystem::path(file), tests})
    if (std::filesystem::exists(path, e)) {
      errors << "sluice init: " << path.string() << " is there already (want a name that is free)\n";
      return exit_usage;
    }
  for (const auto& [path, text] :
       {std::pair(file, starting_configuration), {tests.string(), starting_tests}}) {
    std::ofstream to(path, std::ios::binary);
    to << text << std::flush;
    if (!to) {
      errors << "sluice init: cannot write " << path << "\n";
      return exit_storage;
    }
    out << "wrote " << path << "\n";
  }
  out << "next: sluice lint " << file << "; sluice test " << file << "; sluice run " << file << "\n";
  return exit_ok;
}

void add_init(CLI::App& app, int& exit_code) {
  auto file = std::make_shared<std::string>("sluice.yaml");
  auto* verb = app.add_subcommand("init", "write a commented configuration to start from, and its test file");
  verb->add_option("FILE", *file, "where; - prints the configuration")->capture_default_str();
  verb->footer("Example: sluice init plant.yaml\nExisting files are never overwritten.");
  verb->callback([file, &exit_code] { exit_code = init_verb(*file, std::cout, std::cerr); });
}

} // namespace sluice
