// The simplest loop that does what an MQTT source must: read, write, sync, acknowledge.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace sluice::bench {

struct mqtt_floor_options {
  int port = 0;
  std::string topic, file;
  bool sync = false;       // fdatasync before the PUBACKs
  bool forward = false;    // what passes the filter is published to out/.. before the PUBACKs
  std::uint64_t count = 0; // messages until it ends
};

// Calls `subscribed` once and `on_message` with each payload.
void mqtt_floor(const mqtt_floor_options& options, const std::function<void()>& subscribed,
                const std::function<void(std::string_view)>& on_message);

} // namespace sluice::bench
