// A result of one pipeline as an event of another: what the loop's messages hold (interface.md "Records that
// leave"). Reads our own records only; anything else is refused.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

struct chained_result {
  std::string_view device;  // "" with a key
  std::string_view key;     // JSON object of the key's fields; "" with a device
  std::string_view values;  // JSON object
  std::int64_t time_ms = 0; // end - 1 of a window, else the event's own time
  bool arrival = false;     // "time_source":"arrival"

  // The fields of the event as one JSON object: those of the key, then the values. At least 64 readable bytes
  // follow it (simdjson's padding), as they do behind `json`. May point into `scratch`.
  std::string_view event(std::string& scratch) const;
};

// Views into `json`. nullopt: it is no result of a pipeline.
std::optional<chained_result> parse_result(std::string_view json) noexcept;

// True iff the record is the transition of an alarm: no pipeline reads those.
bool is_transition(std::string_view json) noexcept;

// The device of events made of results with that key: the values joined by ':' where that is a good device
// id, else "key:" and 32 hex digits of the key's hash (XXH3-128); "all" for {}.
std::string device_of_key(std::string_view key);

} // namespace sluice
