// `sluice lint`.
#include "app/verbs/lint.hpp"

#include <CLI/CLI.hpp>

#include <iostream>

#include "messages/exit_codes.hpp"

namespace sluice {

CLI::App* declare_lint(CLI::App& app, lint_arguments& into) {
  auto* verb = app.add_subcommand("lint", "Checks configurations: every error with file, line and column");
  verb->footer("Example: sluice lint config/pipelines/greenhouse.yaml\n"
               "Exit code: 0 = no error (warnings may be printed), 78 = errors.");
  verb->add_option("CONFIG", into.configs, "Files, or folders of *.yaml files")->required();
  verb->add_option("--format", into.format, "How findings are printed")->check(CLI::IsMember({"text"}));
  verb->add_flag("--allow-unset", into.allow_unset,
                 "A variable without value and default, or an absent file, is no error");
  if (into.compare_state)
    verb->add_option("--data-dir", into.data_dir, "Also says what would change for the state kept there");
  return verb;
}

int lint_verb(const lint_arguments& arguments, std::ostream& errors) {
  bool good = true;
  for (const auto& path : arguments.configs) {
    config::report found;
    const auto made = load_configuration(path, load_flags{arguments.allow_unset}, found);
    if (found.empty() && arguments.compare_state && !arguments.data_dir.empty())
      arguments.compare_state(made, arguments.data_dir, found);
    errors << found.text();
    good = good && found.empty();
  }
  errors.flush();
  return good ? exit_ok : exit_config;
}

int lint_verb(const lint_arguments& arguments) {
  return lint_verb(arguments, std::cerr);
}

} // namespace sluice
