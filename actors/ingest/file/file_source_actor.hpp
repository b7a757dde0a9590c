// The file source: looks for files, reads their records and appends them to the journal, up to 256 at once.
//
// Life cycle: one reader per actor, detached, since it reads disks. It polls (`poll`): new lines, new files
// and replaced ones are seen at the next look, on any file system. Delivery: each record once: positions are
// in the journal beside the records, so a start goes on behind the last record that is in it. Order: of each
// file its own; files one after the other by path. Back pressure: it waits at the quota, and reads ahead of
// what is applied by read_ahead::most bytes of records at most. What cannot be read is tried again at each
// look and stands in the status; a finite source does not end before it was read.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/ingest/file/file_source.hpp"
#include "actors/ingest/read_ahead.hpp"
#include "actors/store/journal.hpp"
#include "actors/store/quota_gauge.hpp"
#include "actors/store/store.hpp"
#include "actors/supervise/watchdog.hpp"
#include "messages/interfaces.hpp"

namespace sluice {

struct file_source_config {
  std::string name;
  file_source_options options;
  journal* log = nullptr; // outlives the actor
  const store* state = nullptr;
  journal_clock* clock = nullptr;
  std::shared_ptr<quota_gauge> quota;
  watchdog_slot* slot = nullptr;
  std::function<void()> ended; // a finite source has appended END; called once
};

struct file_source_state {
  file_source_state() = default;
  ~file_source_state();
  file_source_config config;
  std::optional<file_source> files;
  std::string phase = "waiting_for_room"; // reading, following, waiting, ended
  bool up = false;                        // source_up was appended
  bool scheduled = false, stopping = false, ended = false;
  std::chrono::steady_clock::time_point next_look{};
  std::vector<std::string> problems; // as last logged
  read_ahead ahead;
  std::int64_t last_ms = 0;
  static inline const char* actor_name = "file_source";
};
static_assert(!std::is_aggregate_v<file_source_state>);

source_actor::behavior_type run_file_source(source_actor::stateful_pointer<file_source_state> self,
                                            file_source_config config);

} // namespace sluice
