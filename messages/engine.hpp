// What travels between the reader and the shards.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "messages/batch.hpp"
#include "messages/checkpoint.hpp"
#include "messages/control.hpp"

namespace sluice {

// One piece of work for one shard: batches with the rows that are its own, then a control record, then, if
// asked, its part of the checkpoint at `position`.
struct shard_work {
  struct piece {
    std::shared_ptr<const event_batch> batch;
    std::vector<std::uint32_t> rows;
    std::uint16_t key = 0; // for the pipelines keyed so: 0 = by device, else event_batch::key's number
  };
  std::vector<piece> pieces;
  std::optional<control> after;
  std::uint64_t position = 0;
  bool want_part = false;
};

// The answer to one shard_work: credit, and the part when it was asked for.
struct shard_done {
  std::uint32_t shard = 0;
  bool waits_for_time = false; // the journal needs ticks
  bool has_output = false;     // results or dead letters wait for a checkpoint
  std::unique_ptr<shard_part> part;
};

} // namespace sluice
