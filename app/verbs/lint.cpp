// `sluice lint`.
#include "app/verbs/lint.hpp"

#include <CLI/CLI.hpp>

#include <iostream>

#include <nlohmann/json.hpp>

#include "messages/exit_codes.hpp"

namespace sluice {

namespace {

// One line of JSON per finding.
void print_json(const config::report& found, std::ostream& out) {
  for (const auto& f : found.sorted()) {
    nlohmann::ordered_json line{{"file", f.at.file},
                                {"line", f.at.line},
                                {"column", f.at.column},
                                {"level", f.warning ? "warning" : "error"},
                                {"message", f.what.empty() ? f.text : f.what}};
    if (!f.what.empty()) line.update({{"got", f.got}, {"want", f.want}});
    if (!f.at.used.empty()) line["used"] = f.at.used;
    out << line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  }
}

} // namespace

CLI::App* declare_lint(CLI::App& app, lint_arguments& into) {
  auto* verb = app.add_subcommand("lint", "Checks configurations: every error with file, line and column");
  verb->footer("Example: sluice lint config/pipelines/greenhouse.yaml\n"
               "Exit code: 0 = no error (warnings may be printed), 78 = errors.");
  verb->add_option("CONFIG", into.configs, "Files, or folders of *.yaml files")->required();
  verb->add_option("--format", into.format,
                   "How findings are printed: text on stderr, or one JSON object per line on stdout")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  verb->add_flag("--allow-unset", into.allow_unset,
                 "A variable without value and default, or an absent file, is no error");
  if (into.compare_state)
    verb->add_option("--data-dir", into.data_dir, "Also says what would change for the state kept there");
  return verb;
}

int lint_verb(const lint_arguments& arguments, std::ostream& out) {
  bool good = true;
  for (const auto& path : arguments.configs) {
    config::report found;
    const auto made = load_configuration(path, load_flags{arguments.allow_unset}, found);
    if (found.empty() && arguments.compare_state && !arguments.data_dir.empty())
      arguments.compare_state(made, arguments.data_dir, found);
    if (arguments.format == "json")
      print_json(found, out);
    else
      out << found.text();
    good = good && found.empty();
  }
  out.flush();
  return good ? exit_ok : exit_config;
}

int lint_verb(const lint_arguments& arguments) {
  return lint_verb(arguments, arguments.format == "json" ? std::cout : std::cerr);
}

} // namespace sluice
