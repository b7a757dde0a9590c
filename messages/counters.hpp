// The counters of the ledger (semantics.md section 4). Plain sums; committed in the same atomic write as what
// they count.
#pragma once

#include <cstdint>

namespace sluice {

// Per source, in messages: received = decoded + duplicate + dead_lettered + pending.
struct source_counters {
  std::uint64_t decoded = 0, duplicate = 0, dead_lettered = 0;
  std::uint64_t elements_dead_lettered = 0; // outside the identity
  std::uint64_t retained_ignored = 0;       // outside the identity
  std::uint64_t events = 0;                 // events made of the decoded messages
  std::uint64_t unknown_fields = 0;         // values no field contract names
  std::uint64_t bad_fields = 0;             // values left out by `on_bad: missing`

  source_counters& operator+=(const source_counters& o) noexcept {
    decoded += o.decoded, duplicate += o.duplicate, dead_lettered += o.dead_lettered;
    elements_dead_lettered += o.elements_dead_lettered, retained_ignored += o.retained_ignored,
        events += o.events, unknown_fields += o.unknown_fields, bad_fields += o.bad_fields;
    return *this;
  }
};

// Per pipeline, in events: in = applied + filtered + duplicate + late + dead_lettered + pending.
// `in` is counted by the reader when it hands events out, everything else by the shards.
struct pipeline_counters {
  std::uint64_t in = 0;
  std::uint64_t applied = 0, filtered = 0, duplicate = 0, late = 0, dead_lettered = 0;
  // outside the identity:
  std::uint64_t late_partial = 0, missing_field = 0, derive_missing = 0, value_non_finite = 0, revised = 0,
                replayed = 0, results = 0, devices = 0, quarantined = 0, deduplicated = 0, unchanged = 0,
                lookup_missing = 0;        // `deduplicated` and `unchanged` are in `filtered` too
  std::uint64_t deduplicate_forgotten = 0; // remembered events forgotten because of the limit
  std::uint64_t alarm_older = 0;           // events older than the last one an alarm judged
  std::uint64_t unrouted = 0;              // results that no condition of `to:` let pass; in `results` too
  // Results of a pipeline with the step predict: with a prediction; without one, because a feature was
  // missing or because the model gave no answer.
  std::uint64_t predicted = 0, incomplete = 0, unavailable = 0;

  pipeline_counters& operator+=(const pipeline_counters& o) noexcept {
    in += o.in, applied += o.applied, filtered += o.filtered, duplicate += o.duplicate, late += o.late;
    dead_lettered += o.dead_lettered, late_partial += o.late_partial, missing_field += o.missing_field;
    derive_missing += o.derive_missing, value_non_finite += o.value_non_finite, revised += o.revised;
    replayed += o.replayed, results += o.results, devices += o.devices, quarantined += o.quarantined;
    deduplicated += o.deduplicated, unchanged += o.unchanged, lookup_missing += o.lookup_missing;
    deduplicate_forgotten += o.deduplicate_forgotten, alarm_older += o.alarm_older;
    unrouted += o.unrouted, predicted += o.predicted, incomplete += o.incomplete;
    unavailable += o.unavailable;
    return *this;
  }
};

// Per sink, in results: results = delivered + pending + dead_lettered.
struct sink_counters {
  std::uint64_t results = 0, delivered = 0, dead_lettered = 0;
  std::uint64_t value_range = 0; // values left out because the sink cannot store them; outside the identity
};

} // namespace sluice
