// One PUBLISH on its way out.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

// Publishes that may wait, in the client and for their PUBACK: below the 65 535 packet ids, with room for
// SUBSCRIBE.
inline constexpr unsigned most_waiting_publishes = 65000;

struct mqtt_publish {
  std::string topic, payload;
  int qos = 1;
  bool retain = false;
  // MQTT 5; left out on a 3.1.1 connection.
  std::vector<std::pair<std::string, std::string>> user_properties = {};
  std::string content_type = {};
  std::optional<std::chrono::seconds> expiry = {};
};

} // namespace sluice
