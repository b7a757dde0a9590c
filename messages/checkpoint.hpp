// What an aligned checkpoint carries: every shard's dirty state and results at one journal position, and the
// reader's part. The store turns them into ONE atomic write (semantics.md section 5).
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "messages/counters.hpp"
#include "messages/dead_letter.hpp"
#include "messages/prediction_note.hpp"

namespace sluice {

// Where a piece of state lives; one RocksDB column family each.
enum class state_family : std::uint8_t { device = 0, window = 1, mark = 2, source = 3 };

// Put (value) or delete (nullopt) of one key.
struct state_write {
  state_family family = state_family::device;
  std::string key;
  std::optional<std::string> value;
};

// One result on its way into the outbox. `order` gives the global outbox order.
struct result_record {
  struct order_key {
    std::uint64_t sequence = 0; // journal sequence that caused it
    std::uint16_t pipeline = 0; // index in the configuration
    std::string device;
    std::int64_t start = 0, end = 0;
    std::uint64_t number = 0;
    std::uint32_t index = 0;
    auto operator<=>(const order_key&) const = default;
  } order;
  std::string
      identity; // pipeline | device | start | end: equal for all revisions of a result, see result_identity()
  std::uint32_t revision = 0;
  // Sinks of the pipeline that do not get it, by name, with commas between (`to:` with `when:`).
  std::string not_to;
  bool routed = false; // not_to is decided: no condition is asked any more
  std::string json;    // the record as it leaves (interface.md "Records that leave"), no line end
};

// One shard's part of the checkpoint at `position`.
struct shard_part {
  std::uint32_t shard = 0;
  std::uint64_t position = 0;
  std::vector<state_write> state;
  std::vector<result_record> results;
  std::vector<dead_letter> dead_letters;
  std::vector<pipeline_counters> pipelines; // difference since the last part, by pipeline index
  // Results above that have no prediction: to be in the journal before the checkpoint is written.
  std::vector<prediction_note> unavailable;
};

// The reader's part: counters since the last checkpoint and what the duplicate rule needs back at start.
struct reader_part {
  std::uint64_t position = 0;  // applied = position
  std::uint64_t keep_from = 0; // oldest journal sequence the duplicate rule still needs
  std::int64_t journal_ms = 0; // journal time at position
  std::vector<state_write> state;
  std::vector<dead_letter> dead_letters;
  std::vector<std::uint64_t> replayed; // ids of dead letters that were read again: removed in the same write
  std::vector<std::pair<std::string, source_counters>> sources; // differences, by name
  std::vector<std::uint64_t> pipeline_in;                       // differences of `in`, by pipeline index
  // Differences of `dead_lettered` judged by the reader (time.future, time.ancient, those of keys), by
  // pipeline index; in `in` too.
  std::vector<std::uint64_t> pipeline_dead_lettered;
  // Likewise `duplicate`: sequence numbers that the reader judges for pipelines not keyed by the device.
  std::vector<std::uint64_t> pipeline_duplicate;
  std::vector<std::uint64_t> pipeline_replayed; // of `in`, by pipeline index
};

struct checkpoint {
  std::uint64_t engine = 0; // incarnation of reader and shards; the store refuses an older one
  reader_part reader;
  std::vector<shard_part> shards;
};

} // namespace sluice
