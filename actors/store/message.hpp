// A message on its way into the journal and one read back.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace sluice {

// A message as a source hands it over; views are copied by append.
struct message_in {
  std::string_view topic, payload;
  std::uint16_t packet_id = 0;
  std::uint8_t connection = 0; // of its source, from 0: packet ids count per connection
  std::uint8_t qos = 0;
  bool dup = false, retain = false;
  bool truncated = false; // longer than max_message: only its first max_message bytes are here
  bool replayed = false;  // a dead letter that is read again: see replay_mark
  std::span<const std::pair<std::string_view, std::string_view>> user_properties;
};

// A message read back. Views point into the chunk the cursor holds: offset in it = data() - chunk().get(). At
// least 64 readable bytes follow each view (simdjson's padding).
struct message_out {
  std::uint64_t sequence = 0;
  std::int64_t received_ms = 0;
  std::string_view topic, payload,
      user_properties; // user_properties: encoded bytes, equal iff the properties are equal
  std::uint16_t packet_id = 0;
  std::uint8_t connection = 0;
  std::uint8_t qos = 0;
  bool dup = false, retain = false, truncated = false, replayed = false;
};

// Returns the value of the first user property called `name` in message_out::user_properties, nullopt if
// there is none.
std::optional<std::string_view> find_property(std::string_view encoded, std::string_view name) noexcept;

} // namespace sluice
