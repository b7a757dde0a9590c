// Partitions as a consumer gets and commits them: plain data, known without the client library.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace sluice {

// A partition that this consumer gets: what the cluster knows of it.
struct kafka_assigned {
  std::string topic;
  std::int32_t partition = 0;
  std::optional<std::int64_t> committed; // next offset, as the group has it
  // What kafka_place::time_ms was when a Sluice committed; nullopt: another program did, or nobody.
  std::optional<std::int64_t> committed_time_ms;
  std::int64_t first = 0, end = 0; // the first offset that is there, and the one behind the last
};

struct kafka_place {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t next = 0;     // offset to read or to commit
  std::int64_t time_ms = -1; // to commit: the latest time of the records before it; -1 = unknown
  bool operator==(const kafka_place&) const = default;
};

} // namespace sluice
