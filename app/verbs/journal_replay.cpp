#include "app/verbs/journal_replay.hpp"

#include <fstream>
#include <iostream>

#include "actors/store/journal.hpp"
#include "app/local_engine.hpp"
#include "app/models.hpp"
#include "app/tables.hpp"
#include "messages/exit_codes.hpp"

namespace sluice {

namespace {

int complain(exit_code code, const std::string& text) {
  std::cerr << "sluice journal replay: " << text << "\n";
  return code;
}

outcome<void> replay(journal& log, const plans& p, const std::string& data_dir, std::ostream& out) {
  auto models = direct_models(p.pipelines, data_dir, log);
  if (!models) return tl::unexpected(models.error());
  auto engine = local_engine::make(p, log, kept_tables(data_dir), std::move(*models));
  if (!engine) return tl::unexpected(engine.error());
  local_engine::output made;
  for (;;) {
    const auto more = (*engine)->step(made);
    if (!more) return tl::unexpected(more.error());
    for (const auto& r : made.results) out << r.json << "\n";
    if (!*more) return {};
  }
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
  auto log = journal::open_read_only(a.data_dir);
  if (!log) return complain(exit_storage, log.error().text);
  if ((*log)->first() > 1)
    return complain(exit_storage,
                    "the journal in " + a.data_dir + " does not begin at record 1 (got " +
                        std::to_string((*log)->first()) +
                        ", want 1): older segments were removed; keep them with service.journal.retain");
  std::ofstream file;
  if (!a.out.empty()) {
    file.open(a.out, std::ios::binary | std::ios::trunc);
    if (!file) return complain(exit_storage, "cannot write " + a.out);
  }
  std::ostream& out = a.out.empty() ? std::cout : file;
  if (auto done = replay(**log, make_plans(c), a.data_dir, out); !done)
    return complain(exit_storage, done.error().text);
  out.flush();
  if (!out)
    return complain(exit_storage, "cannot write " + (a.out.empty() ? std::string("to stdout") : a.out));
  return exit_ok;
}

} // namespace sluice
