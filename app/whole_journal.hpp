// Pipelines over everything that a journal has, from empty state: what `sluice journal replay` prints, and
// what models learn from.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "app/local_engine.hpp"

namespace sluice {

// The journal of a data directory, which a running service may be writing. Errors: as
// journal::open_read_only; ec::storage: it does not begin at record 1.
outcome<std::unique_ptr<journal>> open_whole_journal(const std::string& data_dir);

// Gives `take` every result, in the order of the outbox. Look-up tables are those kept in `data_dir`. Errors:
// as local_engine.
outcome<void> run_whole_journal(journal& log, const plans& p, const std::string& data_dir,
                                shard_models models, const std::function<void(result_record&)>& take);

} // namespace sluice
