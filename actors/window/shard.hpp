// All logic of one shard: device states of its key slots, for every pipeline. No actor, no clock: time comes
// in records. Used by the shard actor, by `journal replay` and by the benchmarks alike. Not thread safe.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "actors/window/plan.hpp"
#include "actors/window/state_source.hpp"
#include "messages/batch.hpp"
#include "messages/checkpoint.hpp"
#include "messages/control.hpp"
#include "messages/errors.hpp"

namespace sluice {

class table_cache;      // actors/transform/lookup_tables.hpp
class scoring;          // actors/predict/scoring.hpp
class prediction_notes; // messages/prediction_note.hpp

// What the steps predict of a shard need.
struct shard_models {
  std::vector<std::shared_ptr<scoring>> by;      // by pipeline index; null where there is no such step
  std::shared_ptr<const prediction_notes> notes; // of what is about to be applied; null = there are none
};

class shard {
public:
  // `state` is where closed windows that may still be revised are read back from; null = no store
  // (benchmarks, replay): they are then kept in memory. `tables`: where the contents of look-up tables come
  // from, for all shards; null = there are none. A pipeline whose model is not in `models` leaves its results
  // as they are. Errors (ec::invalid): an expression that does not compile.
  static outcome<std::unique_ptr<shard>> make(std::uint32_t id, std::uint32_t shards,
                                              std::vector<pipeline_plan> plans, const state_source* state,
                                              std::shared_ptr<table_cache> tables = nullptr,
                                              shard_models models = {});
  ~shard();

  // Loads device states, marks and source states of this shard's key slots from the store. Before the first
  // apply.
  outcome<void> load();

  // Applies the rows of `batch` named by `rows` (ascending), for every pipeline of its source with that key
  // (pipeline_plan::key_index), by semantics.md section 2, steps 4 to 8. Never throws: an exception becomes
  // dead letter apply.error and leaves the device as it was.
  void apply(const event_batch& batch, std::span<const std::uint32_t> rows, std::uint16_t key = 0) noexcept;

  // Applies a control record (tick, start, source_up, source_down, source_end, ..), in journal order between
  // batches.
  void apply(const control& record) noexcept;

  // Predicts for the results made since the last call; to be called after each piece of work, else
  // take_part() does it. Waits for the models.
  void predict() noexcept;

  // Hands over everything that changed since the last call. Closed windows stay readable in memory until
  // committed(position).
  shard_part take_part(std::uint64_t position);
  void committed(std::uint64_t position) noexcept;

  // True iff something waits for time (open windows with idle closing, marked revisions, devices to forget):
  // the journal then needs ticks.
  bool waits_for_time() const noexcept;
  // True iff results or dead letters wait for a checkpoint.
  bool has_output() const noexcept;

private:
  struct impl;
  explicit shard(std::unique_ptr<impl> p);
  std::unique_ptr<impl> impl_;
};

} // namespace sluice
