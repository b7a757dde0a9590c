// What the store actor answers to `ledger`: every number the ledger and the status report need from the logs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "actors/store/journal.hpp"
#include "actors/store/store.hpp"

namespace sluice {

struct ledger_input {
  store_snapshot snapshot;         // taken first
  journal_tally tally;             // journal::tally(snapshot.applied), taken after it
  std::uint64_t first = 0;         // lowest sequence kept
  std::uint64_t bytes = 0;         // journal + outbox + dead letters on disk
  std::int64_t now_ms = 0;         // journal time
  std::vector<std::string> health; // e.g. "clock: ..", "quota: .."
};

} // namespace sluice
