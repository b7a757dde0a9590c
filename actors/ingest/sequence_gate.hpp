// Sequence numbers of a source whose pipelines are keyed by something else than the device (semantics.md
// section 2, step 4): the sets stay per device, so the reader judges, once for all such pipelines. A device
// that sent nothing for the longest `device.forget` of these pipelines is new again: judged at its next event
// by journal time; the memory of it goes at a tick, at most an hour of journal time later.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "actors/ingest/field_table.hpp"
#include "actors/store/store.hpp"
#include "actors/window/sequence_set.hpp"
#include "messages/checkpoint.hpp"
#include "messages/errors.hpp"

namespace sluice {

class sequence_gate {
public:
  sequence_gate(const std::string& source, std::chrono::milliseconds forget);

  struct verdict {
    sequence_verdict what = sequence_verdict::fresh;
    std::uint64_t forgotten_below = 0; // with too_old
  };
  // Judges one event and remembers it. `arrival`: its time is not the device's own. `check_duplicates` is off
  // in a test's faulty binary only.
  verdict judge(std::string_view device, std::uint64_t number, std::int64_t time_ms, std::int64_t received_ms,
                bool arrival, bool check_duplicates);
  // Journal time passes: devices to forget go.
  void tick(std::int64_t now_ms);

  // All devices are new.
  void clear();

  // Errors: ec::corrupt.
  outcome<void> load(const store& state);
  // Adds what changed since the last call: one row per device that sent something.
  void take_writes(std::vector<state_write>& writes);
  std::size_t devices() const noexcept { return devices_.size(); }

private:
  struct entry {
    sequence_set set;
    std::int64_t received_ms = 0; // of its last event
    bool dirty = false;
  };
  static std::string encode(const entry& e);
  static bool decode(std::string_view bytes, entry& into);

  std::string prefix_; // of the rows in state_family::source
  std::int64_t forget_ms_;
  text_map<entry> devices_;
  std::vector<std::string> dirty_;  // names of devices to save
  std::vector<std::string> erased_; // rows to delete
  std::int64_t swept_ms_ = 0;       // journal time of the last sweep
};

} // namespace sluice
