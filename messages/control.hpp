// Control records of the journal: everything that influences results and is not a function of (record,
// state). Source of the list: semantics.md section 2, end; `session` is ours: it marks a (re)connection for
// the duplicate rule.
#pragma once

#include <cstdint>
#include <string>

namespace sluice {

enum class control_kind : std::uint8_t {
  tick = 1, // once a second while anything waits for time; value = 1 iff the wall clock is trusted (clock_ok)
  start = 2,       // the process started: every source counts as down until its next source_up
  source_up = 3,   // subscribed (after SUBACK); name = source
  source_down = 4, // connection lost or closed; name = source
  source_end = 5,  // END of a finite source; name = source
  session =
      6,      // CONNACK: messages after it belong to a new connection; name = source, value = session present
  config = 7, // value = hash of the configuration in force; name = pipeline
  model = 8, // another model is in force for a pipeline's step predict; name = pipeline, value = the first 64
             // bits of its hash
  release = 9, // the quarantine of a device, or of a key, ends in every pipeline; its name
  table = 10,  // another content of a look-up file is in force: name = path, value = hash of the content
  // What the pipelines know of a partition is let go: name = SOURCE|TOPIC|PARTITION|TAKEOVER, and of the
  // records of it that follow those below offset `value` are for state only. The reader hands it to the
  // shards with name = source, value = lane.
  partition = 11,
  unavailable = 12, // results without the prediction they should have; messages/prediction_note.hpp
  pubrel = 13,      // packet ids of QoS 2 that the broker has released: name = SOURCE ID ID ..
};

struct control {
  control_kind kind = control_kind::tick;
  std::uint64_t sequence = 0; // journal sequence
  std::int64_t now_ms = 0;    // journal time
  std::uint64_t value = 0;
  std::string name;
};

const char* to_string(control_kind kind) noexcept;

} // namespace sluice
