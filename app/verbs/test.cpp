#include "app/verbs/test.hpp"

#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "app/trial/trial_compare.hpp"
#include "config/interpolate.hpp"
#include "messages/exit_codes.hpp"

namespace sluice {

namespace {

struct totals {
  unsigned cases = 0, failed = 0;
  bool broken = false; // a configuration or test file
};

void run_file(const std::string& config, const std::string& path, const test_arguments& a, std::ostream& out,
              std::ostream& errors, totals& sum) {
  config::report report;
  const auto file = read_trial_file(path, report);
  auto world = config::process_surroundings();
  world.allow_unset = true; // nothing is connected to: no secret is needed
  world.environment = [&file](const std::string& name) -> std::optional<std::string> {
    const auto found = file.environment.find(name);
    if (found == file.environment.end()) return std::nullopt;
    return found->second;
  };
  const auto c = load_configuration_in(config, world, report);
  for (const auto& at : c.unset_meaning)
    report.error(at, "a variable without value decides what the configuration does", "nothing",
                 "its value under environment: in " + path);
  errors << report.text();
  if (!report.empty()) {
    sum.broken = true;
    return;
  }
  for (const auto& one : file.cases) {
    if (one.name.find(a.only) == std::string::npos) continue;
    ++sum.cases;
    const auto got = run_trial(c, one);
    const auto different = got ? compare(one, *got) : "    " + got.error().text + "\n";
    if (!different.empty()) ++sum.failed;
    out << (different.empty() ? "ok      " : "FAILED  ") << config::to_string(one.at) << ": " << one.name
        << "\n"
        << different;
    if (a.show && got) out << as_expectation(*got);
  }
}

} // namespace

int test_verb(const test_arguments& a, std::ostream& out, std::ostream& errors) {
  totals sum;
  for (const auto& config : a.configs) {
    const auto files = a.cases.empty() ? trial_files_of(config) : std::vector<std::string>{a.cases};
    if (files.empty())
      errors << "sluice test: " << config << " has no test file beside it (want NAME.test.yaml)\n";
    for (const auto& path : files) run_file(config, path, a, out, errors, sum);
  }
  out << sum.cases << " cases, " << sum.failed << " failed\n" << std::flush;
  if (sum.broken) return exit_config;
  return sum.failed == 0 && sum.cases != 0 ? exit_ok : 1;
}

void add_test(CLI::App& app, int& exit_code) {
  auto a = std::make_shared<test_arguments>();
  auto* verb = app.add_subcommand(
      "test", "run the cases beside a configuration: messages in, results out, virtual time");
  verb->add_option("CONFIG", a->configs,
                   "YAML files (x.yaml is tested by x.test.yaml), or folders with *.test.yaml")
      ->required();
  verb->add_option("--cases", a->cases, "this test file instead");
  verb->add_option("--only", a->only, "only cases whose name holds this text");
  verb->add_flag("--show", a->show, "print what came out, as a test file would expect it");
  verb->footer("Example: sluice test config/pipelines/greenhouse.yaml\n"
               "No broker is needed. Exit code: 0 = as expected, 1 = not, 78 = a file is wrong.");
  verb->callback([a, &exit_code] { exit_code = test_verb(*a, std::cout, std::cerr); });
}

} // namespace sluice
