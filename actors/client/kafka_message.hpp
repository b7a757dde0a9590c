// A record as a consumer hands it over: plain data, known without the client library.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

// Views are good until the next poll.
struct kafka_message {
  std::string_view topic, key, payload;
  bool has_key = false;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::int64_t time_ms = -1; // of the record; -1 = it has none
  std::vector<std::pair<std::string_view, std::string_view>> headers;
};

} // namespace sluice
