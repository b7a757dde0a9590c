// Command line of the training, its progress bar and its final JSON lines.
#include "app/verbs/train.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "actors/learn/training.hpp"
#include "app/training_configuration.hpp"
#include "app/training_rows.hpp"
#include "app/verbs/bar_text.hpp"
#include "config/nearest_name.hpp"
#include "messages/exit_codes.hpp"

namespace sluice {

namespace {

struct arguments {
  std::string config;
  std::vector<std::string> models;
  bool quiet = false;
};

// A bar on a terminal, a line per stage elsewhere.
class progress_bar {
public:
  explicit progress_bar(bool quiet) : quiet_(quiet), terminal_(::isatty(2) == 1) {}
  void show(const std::string& model, const std::string& what, double share) {
    const auto percent = static_cast<int>(share * 100);
    if (quiet_ || (what == what_ && (percent == percent_ || !terminal_))) return;
    what_ = what, percent_ = percent;
    if (!terminal_) {
      std::fprintf(stderr, "%s: %s\n", model.c_str(), what.c_str());
      return;
    }
    std::fprintf(stderr, "\r\033[K%s %d%% %s: %s", bar_text(share).c_str(), percent, model.c_str(),
                 what.c_str());
  }
  void end() const {
    if (!quiet_ && terminal_) std::fputs("\r\033[K", stderr);
  }

private:
  bool quiet_, terminal_;
  std::string what_;
  int percent_ = -1;
};

outcome<training_data> read_data(const configuration& c, const model_options& m) {
  auto rows = m.data.pipeline.empty() ? read_rows(m) : read_pipeline(c, m);
  if (!rows) return tl::unexpected(rows.error());
  auto tests = read_tests(m);
  if (!tests) return tl::unexpected(tests.error());
  return training_data{std::move(*rows), std::move(*tests)};
}

// Trains one model and prints its line. Returns the exit code.
int train_one(const configuration& c, const model_options& m, bool quiet) {
  const auto begin = std::chrono::steady_clock::now();
  progress_bar bar(quiet);
  bar.show(m.name, "reading", 0);
  const auto data = read_data(c, m);
  config::report out;
  const auto show = [&](const std::string& what, double share) { bar.show(m.name, what, share); };
  outcome<nlohmann::ordered_json> made = nlohmann::ordered_json();
  if (data)
    made = train_model(m, *data, out, show);
  else
    made = tl::unexpected(data.error());
  bar.end();
  if (!made) {
    const bool data_at_fault = made.error().code == ec::invalid;
    out.error(m.at, "model " + m.name + " is not trained: " + made.error().text);
    std::cerr << out.text();
    return data_at_fault ? exit_config : exit_storage;
  }
  std::cerr << out.text();
  if (!out.empty()) return exit_config;
  auto line = *made;
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  line["seconds"] = seconds.count();
  std::cout << line.dump() << std::endl;
  return std::cout ? exit_ok : exit_storage;
}

int run(const arguments& a) {
  config::report report;
  load_flags flags;
  flags.read_tables = false; // those of the journal count
  flags.allow_unset = true;  // nothing is connected to: no secret is needed
  const auto c = load_training_configuration(a.config, flags, report);
  std::vector<std::string> names;
  for (const auto& m : c.models) names.push_back(m.name);
  if (names.empty() && report.empty())
    report.error(c.service.at, "there are no models", "nothing", "models: with at least one model");
  for (const auto& name : a.models)
    if (report.empty() && std::find(names.begin(), names.end(), name) == names.end())
      report.error(c.service.at, "there is no such model" + config::did_you_mean(name, names),
                   config::in_quotes(name), "one of " + config::list_of_names(names));
  const auto is_chosen = [&](const std::string& name) {
    return a.models.empty() || std::find(a.models.begin(), a.models.end(), name) != a.models.end();
  };
  const auto refuse = [&](const config::place& at) {
    report.error(at, "a variable without value decides what is computed", "nothing",
                 "its value in the environment");
  };
  std::for_each(c.service.unset_meaning.begin(), c.service.unset_meaning.end(), refuse);
  for (std::size_t i = 0; i < names.size(); ++i)
    if (is_chosen(names[i])) std::for_each(c.unset[i].begin(), c.unset[i].end(), refuse);
  std::cerr << report.text();
  if (!report.empty()) return exit_config;
  for (const auto& m : c.models)
    if (is_chosen(m.name))
      if (const auto code = train_one(c.service, m, a.quiet); code != exit_ok) return code;
  return exit_ok;
}

} // namespace

void add_train(CLI::App& app, int& exit_code) {
  auto a = std::make_shared<arguments>();
  auto* verb = app.add_subcommand("train", "Train the models of a configuration from files or a journal");
  verb->footer(
      "Each entry of `models:` becomes a bundle: a folder with the model in its library's own format, its\n"
      "features, metrics and sample rows. Equal data, options and seed give equal bytes. One JSON line per "
      "model\n"
      "on stdout: "
      "{\"model\":..,\"kind\":..,\"bundle\":..,\"hash\":..,\"version\":..,\"rows\":..,\"left_out\":..,\n"
      "\"metrics\":..,\"drift\":..,\"seconds\":S}.\n"
      "\n"
      "Example: sluice train config/models/occupancy.yaml occupancy\n"
      "Exit code: 0 = all are trained, 74 = a file cannot be read or written, 78 = configuration or data.");
  verb->add_option("CONFIG", a->config, "A file, or a folder of *.yaml files")->required();
  verb->add_option("MODEL", a->models, "Only these models");
  verb->add_flag("--quiet", a->quiet, "No progress on stderr");
  verb->callback([a, &exit_code] { exit_code = run(*a); });
}

} // namespace sluice
