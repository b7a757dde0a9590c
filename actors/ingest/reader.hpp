// Turns journal records into event batches: transport duplicates, decoding, time plausibility (semantics.md
// section 2, steps 1 to 3). One per engine; live, recovery and `journal replay` use the same one. Not thread
// safe, no actor.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/ingest/source_options.hpp"
#include "actors/store/journal.hpp"
#include "actors/store/store.hpp"
#include "messages/batch.hpp"
#include "messages/checkpoint.hpp"
#include "messages/errors.hpp"

namespace sluice {

// One of the different `key:` of a source's pipelines, the device left out.
struct reader_key {
  std::vector<std::string> fields; // in the order of the file; empty = one key for all
  std::vector<std::pair<std::uint16_t, std::string>> pipelines; // index and name of those keyed so
};

// A source as the reader sees it.
struct reader_source {
  source_options options;
  // The fields its pipelines use; the decoder gives them the first slots. Ignored names are validated, not
  // stored, unless `all_fields` (a pipeline without window passes every field on).
  std::vector<std::string> used_fields;
  bool all_fields = false;
  std::vector<std::pair<std::uint16_t, std::string>>
      pipelines;                // index and name of those that take its events
  std::vector<reader_key> keys; // numbered from 1 in event_batch::key; their pipelines stand above too
  std::chrono::milliseconds forget = std::chrono::hours(24 * 30); // the longest device.forget of those
};

struct read_result {
  std::vector<std::shared_ptr<event_batch>>
      batches;                  // in journal order per source; all rows of one share a chunk
  std::optional<control> after; // then this control record, for every shard
  std::uint64_t position = 0;   // journal position after all of it; 0 = nothing was read
  std::size_t messages = 0;
};

class reader {
public:
  explicit reader(std::vector<reader_source> sources);
  ~reader();

  // Reads state of the duplicate rules: what they saved from the store, and the messages of each source since
  // then by reading [state.keep_from(), state.applied()] of the journal without decoding. `state` may be
  // null (replay from record 1).
  outcome<void> load(journal& log, const store* state);

  // Reads on from where `from` stands: at most `most` messages, ends after a control record that the shards
  // need: not marks `unavailable`, which were read before (prediction_marks.hpp), nor released packet ids.
  outcome<read_result> read(journal::cursor& from, std::size_t most);

  // Gives a batch back for reuse once every shard is done with it (use_count 1): keeps its capacity.
  void recycle(std::shared_ptr<event_batch> batch);

  // Counters, dead letters, keep_from since the last call; position is that of the last read().
  reader_part take_part();
  bool has_dead_letters() const noexcept;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

// Index lists of the rows of `batch` per shard: lists[key_slot(hash) % shards], ascending, by the hash of the
// device (`key` 0) or of that key; rows without the key are in no list. Reuses capacity of `lists`.
void route(const event_batch& batch, std::uint32_t shards, std::vector<std::vector<std::uint32_t>>& lists,
           std::uint16_t key = 0);

} // namespace sluice
