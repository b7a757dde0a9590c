// One filter to subscribe.
#pragma once

#include <string>

namespace sluice {

struct mqtt_subscription {
  std::string filter;
  int qos = 1;
  int retain_handling = 1; // MQTT 5
};

} // namespace sluice
