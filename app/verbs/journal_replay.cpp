#include "app/verbs/journal_replay.hpp"

#include <algorithm>
#include <fstream>
#include <iostream>

#include "actors/ingest/reader.hpp"
#include "actors/store/journal.hpp"
#include "actors/window/shard.hpp"
#include "app/plans.hpp"
#include "messages/exit_codes.hpp"

namespace sluice {

namespace {

int complain(exit_code code, const std::string& text) {
  std::cerr << "sluice journal replay: " << text << "\n";
  return code;
}

// Results of one stretch of the journal, in outbox order.
void write_results(std::ostream& out, shard_part part) {
  std::sort(part.results.begin(), part.results.end(),
            [](const result_record& a, const result_record& b) { return a.order < b.order; });
  for (const auto& r : part.results) out << r.json << "\n";
}

outcome<void> replay(journal& log, const plans& p, std::ostream& out) {
  reader reads(p.sources);
  if (auto ready = reads.load(log, nullptr); !ready) return ready;
  auto all = shard::make(0, 1, p.pipelines, nullptr);
  if (!all) return tl::unexpected(all.error());
  auto from = log.read(1);
  std::vector<std::vector<std::uint32_t>> lists;
  for (;;) {
    auto r = reads.read(*from, 1024);
    if (!r) return tl::unexpected(r.error());
    if (r->position == 0) return {};
    for (auto& batch : r->batches) {
      route(*batch, 1, lists);
      (*all)->apply(*batch, lists[0]);
      reads.recycle(std::move(batch));
    }
    if (r->after) (*all)->apply(*r->after);
    reads.take_part();
    write_results(out, (*all)->take_part(r->position));
    (*all)->committed(r->position);
  }
}

} // namespace

int journal_replay(const replay_arguments& a) {
  config::report report;
  load_flags flags;
  flags.allow_unset = true; // nothing is connected to: no secret is needed
  const auto c = load_configuration(a.config, flags, report);
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
  if (auto done = replay(**log, make_plans(c), out); !done) return complain(exit_storage, done.error().text);
  out.flush();
  if (!out)
    return complain(exit_storage, "cannot write " + (a.out.empty() ? std::string("to stdout") : a.out));
  return exit_ok;
}

} // namespace sluice
