// Reader and one shard on a journal, in this thread and without a store: `journal replay` and `sluice test`
// run the same logic as the service does. State begins empty.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actors/ingest/reader.hpp"
#include "actors/store/journal.hpp"
#include "actors/window/shard.hpp"
#include "app/plans.hpp"

namespace sluice {

class local_engine {
public:
  // Begins at the journal's first record. `log` must outlive it. `tables` has the contents that its TABLE
  // records name. Without `models` the steps predict leave results as they are. Errors: ec::invalid, a plan
  // that does not compile.
  static outcome<std::unique_ptr<local_engine>>
  make(const plans& p, journal& log, std::shared_ptr<table_cache> tables, shard_models models = {});

  struct output {
    std::vector<result_record> results; // in the order of the outbox
    std::vector<dead_letter> dead_letters;
    std::vector<pipeline_counters> pipelines; // what was added, by index
    std::vector<std::pair<std::string, source_counters>> sources;
  };
  // Reads on, up to 1024 messages or one control record; false = nothing was left. `into` is overwritten.
  // Errors: also a model without answer where the journal knows of one, save after take_unavailable().
  outcome<bool> step(output& into);
  // From now on results without an answer, of which the journal knows nothing, leave as a service would have
  // them leave: `sluice test`.
  void take_unavailable() noexcept { strict_ = false; }
  // True iff something waits for time: a service would write ticks.
  bool waits_for_time() const noexcept { return shard_->waits_for_time(); }

private:
  local_engine(const plans& p, journal& log);
  reader reader_;
  std::unique_ptr<shard> shard_;
  bool strict_ = true;
  std::unique_ptr<journal::cursor> from_;
  std::vector<std::vector<std::uint32_t>> lists_;
};

} // namespace sluice
