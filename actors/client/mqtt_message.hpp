// One PUBLISH from the broker, or the end of one of QoS 2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace sluice {

// A user property takes 32 bytes here and 5 on the wire: longer lists are not unpacked.
inline constexpr std::size_t most_property_bytes = 1u << 20;

// Views are valid during the callback only.
struct mqtt_message {
  std::string_view topic, payload;
  std::uint16_t packet_id = 0;
  std::uint8_t qos = 0;
  bool dup = false, retain = false;
  // PUBREL: no message, nothing but the packet id of one of QoS 2 that will not come again.
  bool release = false;
  // They had more than most_property_bytes, and none of them is here.
  bool properties_left_out = false;
  std::span<const std::pair<std::string_view, std::string_view>> user_properties = {};
};

} // namespace sluice
