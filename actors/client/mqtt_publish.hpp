// One PUBLISH on its way out.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

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
