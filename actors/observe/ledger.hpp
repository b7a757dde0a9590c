// The ledger: for every source, pipeline and sink the identity of what came in and where it went
// (semantics.md section 4). Pure arithmetic over numbers that others counted; pending is always a count
// handed in, never a difference made here.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "actors/store/journal.hpp"
#include "actors/store/store.hpp"
#include "messages/counters.hpp"

namespace sluice {

// Names of the configuration in force; each has a line in the ledger even before its first event. Names that
// only the numbers know (a removed source, say) follow them.
struct ledger_names {
  std::vector<std::string> sources, pipelines, sinks;
};

// Messages: received = decoded + duplicate + dead_lettered + pending.
struct source_line {
  std::string name;
  std::uint64_t received = 0, pending = 0;
  source_counters counted;
};

// Events: in = applied + filtered + duplicate + late + dead_lettered + pending.
struct pipeline_line {
  std::string name;
  std::uint64_t pending = 0; // events handed out above applied: 0 in a checkpoint
  pipeline_counters counted;
};

// Results: results = delivered + pending + dead_lettered.
struct sink_line {
  std::string name;
  std::uint64_t pending = 0;
  sink_counters counted;
};

// An identity that does not hold.
struct ledger_mismatch {
  std::string part; // "source field", "pipeline climate", "sink board"
  std::uint64_t left = 0, right = 0;
  std::string text; // names the identity with all its numbers
};

struct ledger {
  std::vector<source_line> sources;
  std::vector<pipeline_line> pipelines;
  std::vector<sink_line> sinks;
  std::vector<ledger_mismatch> mismatches;
  std::uint64_t dead_letters = 0;         // all records in the dead-letter store
  std::uint64_t dead_letters_dropped = 0; // removed by `dlq drop`

  bool balanced() const noexcept { return mismatches.empty(); }
  // True iff nothing waits anywhere.
  bool settled() const noexcept;
};

// Returns the ledger of one store snapshot and the journal's tally for it,
// journal::tally(snapshot.applied), taken after the snapshot.
ledger compute_ledger(const store_snapshot& snapshot, const journal_tally& journal,
                      const ledger_names& names);

} // namespace sluice
