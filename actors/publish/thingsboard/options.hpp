// Options of the ThingsBoard sink.
#pragma once

#include <chrono>
#include <string>

#include "actors/client/mqtt_options.hpp"

namespace sluice {

namespace config {
template <class T> class options; // config/option.hpp
} // namespace config

struct thingsboard_options {
  mqtt_connection_options connection; // user = the token; MQTT 5 first
  enum class mode { device, gateway } publish_as = mode::gateway;
  enum class timestamp { start, end } stamp = timestamp::end;
  enum class told { telemetry, attributes, both } alarms = told::telemetry; // how transitions are told
  std::string prefix;                                                       // put before every key
  bool send_revision = false;                                               // adds the key "revision"
  unsigned in_flight = 100;           // unacknowledged publishes at most
  std::size_t max_packet = 60u << 10; // bytes of one PUBLISH at most
  std::chrono::milliseconds ack_timeout{30000};
};

// The declaration of `thingsboard:`.
const config::options<thingsboard_options>& thingsboard_table();

} // namespace sluice
