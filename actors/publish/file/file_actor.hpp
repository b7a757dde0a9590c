// The file sink's shell: reads the outbox, appends lines, moves mark and cursor in one write. Detached: it
// waits for the disk.
#pragma once

#include <optional>
#include <string>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/publish/file/line_file.hpp"
#include "actors/publish/file/options.hpp"
#include "actors/store/journal_clock.hpp"
#include "actors/store/store.hpp"
#include "actors/supervise/watchdog.hpp"
#include "messages/interfaces.hpp"

namespace sluice {

struct file_sink_config {
  std::string name; // of the sink in the configuration
  file_options options;
  store* state = nullptr; // outlives the actor
  journal_clock* clock = nullptr;
  bool sync = true; // the cursor's write is synced (durability power)
  watchdog_slot* slot = nullptr;
};

struct file_sink_state {
  file_sink_state() = default;
  file_sink_config config;
  std::optional<line_file> file;
  sink_cursor at;
  std::string failure; // the file is not what its mark says: nothing is written any more
  bool stopping = false;
  std::uint64_t lines = 0;
  static inline const char* actor_name = "file_sink";
};
static_assert(!std::is_aggregate_v<file_sink_state>);

sink_actor::behavior_type run_file_sink(sink_actor::stateful_pointer<file_sink_state> self,
                                        file_sink_config config);

} // namespace sluice
