// What becomes of the partitions of a new assignment: where each is read on, which must make its state again
// because another process had it, which are another's now.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "actors/client/kafka_place.hpp"
#include "actors/ingest/kafka/kafka_position.hpp"
#include "actors/ingest/kafka/kafka_rebuild.hpp"

namespace sluice {

// What a source's pipelines remember, as far as partitions matter.
struct kafka_memory {
  bool any = false; // else nothing is made again
  // Without idle closing: of what is older, by the time of the records, nothing is open any more; nullopt: of
  // everything something may be.
  std::optional<std::chrono::milliseconds> horizon = std::chrono::milliseconds(0);
  std::chrono::milliseconds idle{0}; // the longest silence until idle closing
  // A key may have events of several partitions: keys that are no devices, or several topics. Then all
  // partitions make their state again together.
  bool mixed = false;
};

// What the owner of a partition leaves beside the committed offset for the next one: "time=MS takeover=N".
struct kafka_note {
  std::int64_t time_ms =
      -1; // before it, by the time of the records, idleness has closed what it could; -1 = unknown
  std::uint16_t takeover = 0;
  bool operator==(const kafka_note&) const = default;
};
std::string to_text(const kafka_note& note);
kafka_note parse_kafka_note(const std::string& text); // another program's: nothing is known

struct kafka_taken {
  kafka_where where;
  std::int64_t from = 0;                 // the offset to read first
  std::optional<std::int64_t> begins_at; // its state begins anew: records below are for it only
  std::uint16_t takeover = 0;            // with begins_at
  std::string refused;                   // why it is not read; "" = it is
};

struct kafka_takeover {
  std::vector<kafka_taken> ours;      // as assigned
  std::vector<kafka_where> elsewhere; // whose state is to be let go
};

struct kafka_takeover_rules {
  kafka_beginning::reset offset_reset;
  kafka_beginning::gap on_gap;
  kafka_rebuild rebuild;
  kafka_memory memory;
};
// `counts`: how many partitions our topics have, as far as the cluster says: one that is not there is
// nobody's, one that is not assigned is another's, unless nothing is assigned: then the group may still be
// making up its mind. `offset_at` asks for the first record of that time or later; nullopt: it cannot be
// known.
using kafka_time_question =
    std::function<std::optional<std::int64_t>(const kafka_where& where, std::int64_t time_ms)>;
kafka_takeover take_over(const std::vector<kafka_assigned>& assigned, const kafka_standings& known,
                         const std::map<std::string, std::size_t>& counts, const kafka_takeover_rules& rules,
                         const kafka_time_question& offset_at);

} // namespace sluice
