// Options of the MQTT sink.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/client/mqtt_options.hpp"
#include "config/topic_template.hpp"

namespace sluice {

namespace config {
template <class T> class options; // config/option.hpp
} // namespace config

struct mqtt_sink_options {
  mqtt_connection_options connection;
  config::topic_template topic;
  int qos = 1;
  bool retain = false;
  enum class body { record, values, raw } payload = body::record;
  std::vector<std::pair<std::string, std::string>> properties; // MQTT 5 user properties of every message
  std::optional<std::chrono::seconds> expiry;                  // MQTT 5; nullopt = never
  unsigned in_flight = 1000;                                   // unacknowledged publishes at most
  std::size_t max_packet = 256u << 10;                         // bytes of one PUBLISH at most
  std::chrono::milliseconds ack_timeout{30000};
};

// The declaration of `mqtt:` of a sink.
const config::options<mqtt_sink_options>& mqtt_sink_table();

} // namespace sluice
