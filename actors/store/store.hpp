// State, outbox and dead letters in one RocksDB database: the aligned checkpoint writes them in ONE batch.
// Thread safe; checkpoints come from one thread. RocksDB itself is included by rocks.cpp only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/service_options.hpp"
#include "messages/checkpoint.hpp"
#include "messages/counters.hpp"
#include "messages/errors.hpp"
#include "messages/outbox_record.hpp"

namespace sluice {

// One sink: its name and the pipelines whose results it takes.
struct sink_route {
  std::string name;
  std::vector<std::string> pipelines;
};

// How far a sink is: all sequences <= acked are done, and those in `above` too (ascending). Records of
// pipelines that the sink does not take count as done.
struct sink_cursor {
  std::uint64_t acked = 0;
  std::vector<std::uint64_t> above;
  std::string mark; // opaque to the store, e.g. the file sink's {path, length}
};

// Counters at the last committed checkpoint and the sinks' own, read at one snapshot.
struct store_snapshot {
  std::uint64_t epoch = 0, applied = 0, keep_from = 0, outbox_head = 0;
  std::vector<std::pair<std::string, source_counters>> sources;
  std::vector<std::pair<std::string, pipeline_counters>> pipelines;
  std::vector<std::pair<std::string, sink_counters>> sinks;
  std::vector<std::pair<std::string, std::uint64_t>>
      sink_pending;                       // counted by scanning the outbox above the cursor
  std::uint64_t dead_letters = 0;         // records in the dead-letter store
  std::uint64_t dead_letters_dropped = 0; // by `dlq drop`
};

class store {
public:
  // Opens or creates DIR/state. `pipelines` in configuration order (the indexes used in checkpoints). A new
  // sink starts at the outbox's head. A sink whose pipelines changed still gets what waits for it from the
  // old ones.
  static outcome<std::unique_ptr<store>> open(const std::string& dir, const config::service_options& options,
                                              std::vector<std::string> pipelines,
                                              std::vector<sink_route> sinks);
  // What is there at this moment, beside a running service too; nothing is changed on disk, writes fail.
  static outcome<std::unique_ptr<store>> open_read_only(const std::string& dir);
  ~store();
  store(const store&) = delete;
  store& operator=(const store&) = delete;

  std::uint64_t epoch() const noexcept;
  // A new epoch begins (a sink's mark is ahead of ours: a disk was rolled back). Synced. Returns it.
  outcome<std::uint64_t> bump_epoch();
  std::uint64_t applied() const noexcept;
  std::uint64_t
  durable_applied() const noexcept; // applied as a power cut would leave it: the journal may go up to here
  std::uint64_t keep_from() const noexcept;

  // Meta texts, e.g. "pipeline/climate/meaning" for the changed-configuration rule. Synced.
  std::optional<std::string> meta(std::string_view key) const;
  outcome<void> set_meta(std::string_view key, std::string_view value);

  // One atomic write of everything in `c`; results get the next outbox sequences in the order of order_key.
  // Synced when durability is power and it carries results or dead letters. Refused (ec::bug): an engine
  // older than the newest seen, a position below applied, parts of different positions.
  outcome<void> commit(checkpoint c);
  outcome<void> sync();

  // State. scan calls `each` in key order for keys with `prefix` until it returns false. A read error reads
  // as "nothing" and makes every later write fail with that error: nothing computed from it can become
  // durable. See failure().
  std::optional<std::string> get(state_family family, std::string_view key) const;
  void scan(state_family family, std::string_view prefix,
            const std::function<bool(std::string_view key, std::string_view value)>& each) const;
  // Deletes all state of a pipeline (its keys begin with pipeline_prefix). For --on-change discard. Synced.
  outcome<void> erase_prefix(state_family family, std::string_view prefix);
  std::optional<error> failure() const;

  // Outbox. Reads up to `most` records or `most_bytes` (but at least one) for `sink` with sequence > after,
  // in order.
  std::vector<outbox_record> read_outbox(std::string_view sink, std::uint64_t after, std::size_t most,
                                         std::size_t most_bytes) const;
  std::uint64_t outbox_head() const noexcept;
  sink_cursor cursor(std::string_view sink) const;
  // Moves the cursor; `delivered`, `dead` and `value_range` are counted in the same write, the dead letters
  // stored too. Refused (ec::bug): a cursor that goes back or beyond the head.
  outcome<void> move_cursor(std::string_view sink, const sink_cursor& to, std::uint64_t delivered,
                            std::uint64_t value_range, std::vector<dead_letter> dead, bool synced);
  // Housekeeping, called from the store's own thread now and then: syncs what is not synced yet (so that the
  // journal may be truncated up to durable_applied) and removes outbox records that every sink is done with.
  outcome<void> trim_outbox();
  // Sinks in the database that are not configured any more, with results that wait for them; others are
  // forgotten at open.
  std::vector<std::pair<std::string, std::uint64_t>> removed_sinks_pending() const;
  // Forgets such a sink and what waits for it.
  outcome<void> drop_sink(std::string_view name);

  // Dead letters, newest id last. Ids ascend and are never used again.
  void scan_dead_letters(std::uint64_t from_id, const std::function<bool(const dead_letter&)>& each) const;
  bool has_dead_letter(std::uint64_t id) const;
  std::uint64_t last_dead_letter() const; // the highest id given so far; 0 = none
  // Removes them and counts them as dropped. Synced. Returns how many were there.
  outcome<std::uint64_t> drop_dead_letters(const std::vector<std::uint64_t>& ids);
  // Puts the record of a sink's dead letter into the outbox again, for that sink alone, and removes the
  // letter in the same write. Synced. False: there is no such letter any more. Errors (ec::refused): the
  // sink is gone, or takes nothing of the pipeline any more.
  outcome<bool> replay_to_sink(std::uint64_t id);

  store_snapshot snapshot() const;
  std::uint64_t bytes() const; // outbox + dead letters + state on disk

private:
  struct impl;
  explicit store(std::unique_ptr<impl> state);
  std::unique_ptr<impl> impl_;
};

} // namespace sluice
