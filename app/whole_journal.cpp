#include "app/whole_journal.hpp"

#include "app/tables.hpp"

namespace sluice {

outcome<std::unique_ptr<journal>> open_whole_journal(const std::string& data_dir) {
  auto log = journal::open_read_only(data_dir);
  if (log && (*log)->first() > 1)
    return fail(ec::storage,
                "the journal in " + data_dir + " does not begin at record 1 (got " +
                    std::to_string((*log)->first()) +
                    ", want 1): older segments were removed; keep them with service.journal.retain");
  return log;
}

outcome<void> run_whole_journal(journal& log, const plans& p, const std::string& data_dir,
                                shard_models models, const std::function<void(result_record&)>& take) {
  auto engine = local_engine::make(p, log, kept_tables(data_dir), std::move(models));
  if (!engine) return tl::unexpected(engine.error());
  local_engine::output made;
  for (;;) {
    const auto more = (*engine)->step(made);
    if (!more) return tl::unexpected(more.error());
    for (auto& r : made.results) take(r);
    if (!*more) return {};
  }
}

} // namespace sluice
