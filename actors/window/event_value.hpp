// What an event brings to a window: its values, after the steps, and what orders and names it.
#pragma once

#include <cstdint>
#include <string_view>

#include "messages/value.hpp"

namespace sluice {

// What an event brings beside its values.
struct event_facts {
  std::string_view device;
  std::int64_t time_ms = 0;
  std::uint64_t sequence = 0;   // journal sequence
  std::uint32_t index = 0;      // element within its message
  std::uint64_t device_seq = 0; // the device's own number
  bool has_sequence = false;
};

// One value of the event, after the steps. `text` is set iff type is text.
struct event_value {
  slot value;
  value_type type = value_type::missing;
  std::string_view text;
};

} // namespace sluice
