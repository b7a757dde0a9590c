// One PUBLISH from the broker, or the end of one of QoS 2.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace sluice {

// Views are valid during the callback only.
struct mqtt_message {
  std::string_view topic, payload;
  std::uint16_t packet_id = 0;
  std::uint8_t qos = 0;
  bool dup = false, retain = false;
  // PUBREL: no message, nothing but the packet id of one of QoS 2 that will not come again.
  bool release = false;
  std::span<const std::pair<std::string_view, std::string_view>> user_properties = {};
};

} // namespace sluice
