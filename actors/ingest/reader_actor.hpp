// Pulls the journal, decodes, hands work to the shards (at most two pieces of work out per shard: the only
// credit there is), appends ticks while anything waits for time, and runs the aligned checkpoint.
//
// Checkpoint rule (semantics.md section 5): when results wait, as soon as ten times the last checkpoint's
// duration (the shorter of the last two: one stretched by a pause must not hold results back) has passed
// since it ended; else every 200 ms or that, whichever is longer; always after a replay; and at the end of a
// drain.
#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/ingest/reader.hpp"
#include "actors/store/journal.hpp"
#include "actors/supervise/watchdog.hpp"
#include "messages/checkpoint.hpp"
#include "messages/directory.hpp"
#include "messages/engine.hpp"
#include "messages/prediction_note.hpp"

namespace sluice {

struct reader_actor_config {
  std::vector<reader_source> sources;
  std::size_t pipelines = 0;
  std::vector<std::string> loops; // of pipelines that others read: their names among the store's sinks
  std::uint32_t shards = 1;
  journal* log = nullptr;       // outlives the actor
  const store* state = nullptr; // null: nothing to load (benchmarks)
  journal_clock* clock = nullptr;
  std::shared_ptr<directory> names;       // finds "store" and "shard.N"
  std::vector<shard_actor> shard_handles; // used instead of `names` when given (benchmarks, tests)
  store_actor store_handle;               // likewise
  // Filled at the start with what the journal says of results that are applied again, before the shards get
  // their first work; null: no pipeline predicts.
  std::shared_ptr<prediction_notes> notes;
  watchdog_slot* slot = nullptr;
  std::size_t batch = 2048; // messages per piece of work
};

struct reader_actor_state {
  reader_actor_state() = default;
  reader_actor_config config;
  std::unique_ptr<reader> logic;
  std::unique_ptr<journal::cursor> from;
  std::vector<shard_actor> shards;
  store_actor store_handle;
  std::uint64_t engine = 0;

  bool loaded = false, draining = false, replaying = true;
  std::uint64_t replay_to = 0; // visible at start: live from there on
  std::uint64_t position = 0, committed = 0;
  std::uint64_t messages = 0;
  std::size_t since_pause = 0; // messages
  std::uint64_t messages_at_cut = 0;
  std::vector<unsigned> out;       // pieces of work out, per shard
  std::vector<char> waits, output; // what each shard said last
  std::vector<std::vector<std::uint32_t>> lists;
  std::vector<char> by_device;                         // per source: some pipeline takes its rows by device
  std::vector<std::shared_ptr<event_batch>> in_flight; // for recycling

  enum class phase { idle, gathering, committing } cut = phase::idle;
  std::unique_ptr<checkpoint> gathered;
  std::size_t parts = 0;
  std::chrono::steady_clock::time_point cut_begin, cut_end;
  std::chrono::milliseconds cut_took{0}, cut_before{0}; // the last checkpoint and the one before it
  std::uint64_t checkpoints = 0;
  bool beat_set = false;
  std::int64_t last_tick_ms = 0;
  static inline const char* actor_name = "reader";
};
static_assert(!std::is_aggregate_v<reader_actor_state>);

reader_actor::behavior_type run_reader(reader_actor::stateful_pointer<reader_actor_state> self,
                                       reader_actor_config config);

} // namespace sluice
