#include "app/verbs/journal_replay.hpp"

#include <fstream>
#include <iostream>

#include "app/models.hpp"
#include "app/whole_journal.hpp"
#include "messages/exit_codes.hpp"

namespace sluice {

namespace {

int complain(exit_code code, const std::string& text) {
  std::cerr << "sluice journal replay: " << text << "\n";
  return code;
}

} // namespace

int journal_replay(const replay_arguments& a) {
  config::report report;
  load_flags flags;
  flags.read_tables = false; // those of the journal count
  flags.allow_unset = true;  // nothing is connected to: no secret is needed
  const auto c = load_configuration(a.config, flags, report);
  for (const auto& at : c.unset_meaning)
    report.error(at, "a variable without value decides what is computed", "nothing",
                 "its value in the environment");
  std::cerr << report.text();
  if (!report.empty()) return exit_config;
  auto log = open_whole_journal(a.data_dir);
  if (!log) return complain(exit_storage, log.error().text);
  std::ofstream file;
  if (!a.out.empty()) {
    file.open(a.out, std::ios::binary | std::ios::trunc);
    if (!file) return complain(exit_storage, "cannot write " + a.out);
  }
  std::ostream& out = a.out.empty() ? std::cout : file;
  const auto plan = make_plans(c);
  auto models = direct_models(plan.pipelines, a.data_dir, **log);
  if (!models) return complain(exit_storage, models.error().text);
  const auto print = [&](const result_record& r) { out << r.json << "\n"; };
  if (auto done = run_whole_journal(**log, plan, a.data_dir, std::move(*models), print); !done)
    return complain(exit_storage, done.error().text);
  out.flush();
  if (!out)
    return complain(exit_storage, "cannot write " + (a.out.empty() ? std::string("to stdout") : a.out));
  return exit_ok;
}

} // namespace sluice
