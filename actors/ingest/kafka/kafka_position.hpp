// How far a partition was read, and where a new assignment begins.
#pragma once

#include <cstdint>
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

// Keys in state_family::source: this, the topic, '|' and the partition; the value is the offset of the last
// record taken, decimal.
std::string kafka_positions_prefix(std::string_view source);
std::string kafka_position_key(const std::string& prefix, std::string_view topic, std::int32_t partition);

// Next offsets by topic and partition.
using kafka_offsets = std::map<std::pair<std::string, std::int32_t>, std::int64_t>;

// Reads one state entry, its key without the prefix; false: it is none of ours.
bool load_kafka_position(std::string_view key, std::string_view value, kafka_offsets& into);

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
