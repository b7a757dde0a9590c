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
  std::string note;                      // kafka_place::note beside it; another program's own, or empty
  std::int64_t first = 0, end = 0;       // the first offset that is there, and the one behind the last
};

struct kafka_place {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t next = 0; // offset to read or to commit
  std::string note = {}; // to commit beside it, at most 4 KiB
  bool operator==(const kafka_place&) const = default;
};

} // namespace sluice
