// How far a partition was read, and where a new assignment begins.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "actors/store/message.hpp"

namespace sluice {

// The Kafka topic of a message of the journal: what stands before the first '/'.
inline std::string_view kafka_topic_of(std::string_view journal_topic) noexcept {
  return journal_topic.substr(0, journal_topic.find('/'));
}

struct kafka_position {
  std::int32_t partition = 0;
  std::int64_t offset = 0; // of the record
};

// The position of a record in the journal; nullopt: it carries none.
std::optional<kafka_position> kafka_position_of(const message_out& m) noexcept;

// How far a process has come with a partition.
struct kafka_standing {
  std::int64_t next = 0; // behind the last record taken
  // Records below it are read again for the state they make: another process had the partition, or has it.
  std::int64_t rebuilt_at = 0;
  std::uint16_t lane = 0;     // its number within the source, from 1; 0: it has none yet
  std::uint16_t takeover = 0; // how often it changed hands, as far as known
  // Of the source, not in the state: the latest time of the records taken, as of now, and as of one and two
  // turns of idleness ago (kafka_partitions::turn); -1 = unknown.
  std::int64_t time_ms = -1, before_ms = -1, settled_ms = -1;
  // The state knows all that came before `next`.
  bool whole() const noexcept { return next >= rebuilt_at; }
  bool operator==(const kafka_standing&) const = default;
};
// kafka_standing::rebuilt_at of a partition that is another's.
inline constexpr std::int64_t kafka_elsewhere = std::numeric_limits<std::int64_t>::max();

// What control_kind::partition makes of a standing: its records from here on are for state only below
// `rebuilt_at`. Of a partition that is another's the position stays behind all that anybody has applied.
inline void begin_anew(kafka_standing& standing, std::int64_t rebuilt_at, std::uint16_t takeover) noexcept {
  if (rebuilt_at != kafka_elsewhere)
    standing.next = 0;
  else if (standing.rebuilt_at != kafka_elsewhere)
    standing.next = std::max(standing.next, standing.rebuilt_at);
  standing.rebuilt_at = rebuilt_at;
  standing.takeover = takeover;
}

// By topic and partition.
using kafka_where = std::pair<std::string, std::int32_t>;
using kafka_standings = std::map<kafka_where, kafka_standing>;
using kafka_offsets = std::map<kafka_where, std::int64_t>;

// Keys in state_family::source: the prefix, the topic, '|' and the partition. The value, decimal with blanks:
// the offset of the last record taken, lane, rebuilt_at, takeover.
std::string kafka_positions_prefix(std::string_view source);
std::string kafka_position_key(const std::string& prefix, std::string_view topic, std::int32_t partition);
std::string kafka_position_value(const kafka_standing& standing);
// Reads one state entry, its key without the prefix; false: it is none of ours.
bool load_kafka_position(std::string_view key, std::string_view value, kafka_standings& into);

// The name of a control record of a partition: SOURCE|TOPIC|PARTITION|TAKEOVER, and back; nullopt: it is of
// another source.
struct kafka_turn {
  kafka_where where;
  std::uint16_t takeover = 0;
};
std::string kafka_turn_name(std::string_view source, const kafka_turn& turn);
std::optional<kafka_turn> kafka_turn_of(std::string_view name, std::string_view source);

// What an assignment begins with.
struct kafka_beginning {
  enum class reset { earliest, latest, error };
  enum class gap { stop, go_on };
};
// Where to read a partition on, or why not. `stored`: our next offset; `committed`: the group's, which is
// higher where another process had the partition meanwhile. `known`: other partitions of the topic have a
// position, so this one is new since. `first` and `end` are the log's.
std::variant<std::int64_t, std::string> begin_at(std::optional<std::int64_t> stored,
                                                 std::optional<std::int64_t> committed, bool known,
                                                 std::int64_t first, std::int64_t end,
                                                 kafka_beginning::reset reset, kafka_beginning::gap on_gap);

} // namespace sluice
