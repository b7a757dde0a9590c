// What becomes of the partitions of a new assignment: where each is read on, which must make its state again
// because another process had it, which are another's now.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "actors/client/kafka_place.hpp"
#include "actors/ingest/kafka/kafka_position.hpp"
#include "actors/ingest/kafka/kafka_rebuild.hpp"

namespace sluice {

// What a source's pipelines remember, as far as partitions matter.
struct kafka_memory {
  bool any = false; // else a partition needs no state
  // Of what is older, measured by the time of the records, nothing is open any more; nullopt: of everything
  // something may be.
  std::optional<std::chrono::milliseconds> horizon = std::chrono::milliseconds(0);
};

struct kafka_taken {
  kafka_where where;
  std::int64_t from = 0;                 // the offset to read first
  std::optional<std::int64_t> begins_at; // its state begins anew: records below are for it only
  std::string refused;                   // why it is not read; "" = it is
};

struct kafka_takeover {
  std::vector<kafka_taken> ours;
  std::vector<kafka_where> elsewhere; // whose state is to be let go
};

// `offset_at` asks for the first record of that time or later; nullopt: it cannot be known. Of the topics in
// `topics` (ascending), a partition that we know and that is not in `assigned` is another's, unless nothing
// is assigned: then the group may still be making up its mind.
using kafka_time_question =
    std::function<std::optional<std::int64_t>(const kafka_where& where, std::int64_t time_ms)>;
struct kafka_takeover_rules {
  std::vector<std::string> topics;
  kafka_beginning::reset offset_reset;
  kafka_beginning::gap on_gap;
  kafka_rebuild rebuild;
  kafka_memory memory;
};
kafka_takeover take_over(const std::vector<kafka_assigned>& assigned, const kafka_standings& known,
                         const kafka_takeover_rules& rules, const kafka_time_question& offset_at);

} // namespace sluice
