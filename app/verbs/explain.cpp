#include "app/verbs/explain.hpp"

#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "app/explain.hpp"
#include "app/wiring.hpp"
#include "messages/exit_codes.hpp"

namespace sluice {

void add_explain(CLI::App& app, int& exit_code) {
  struct arguments {
    std::string config;
    bool mermaid = false;
  };
  auto a = std::make_shared<arguments>();
  auto* verb = app.add_subcommand("explain", "show what a configuration becomes: actors, the path of the "
                                             "data, options that are not at their default");
  verb->add_option("CONFIG", a->config, "a YAML file, or a folder of files that merge by name")->required();
  verb->add_flag("--mermaid", a->mermaid, "the path of the data as a Mermaid flow chart");
  verb->footer("Example: sluice explain config/pipelines/greenhouse.yaml\n"
               "Secrets are shown as ***; variables without a value are taken as they are.");
  verb->callback([a, &exit_code] {
    config::report report;
    load_flags flags;
    flags.allow_unset = true; // nothing is connected to: no secret is needed
    const auto c = load_configuration(a->config, flags, report);
    std::cerr << report.text();
    exit_code = report.empty() ? exit_ok : exit_config;
    if (!report.empty()) return;
    std::cout << (a->mermaid ? explain_mermaid(c) : explain_text(c, shard_count(c))) << std::flush;
  });
}

} // namespace sluice
