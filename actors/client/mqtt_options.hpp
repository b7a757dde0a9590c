// How to reach an MQTT broker: shared by the MQTT source, the ThingsBoard publisher and the simulator.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/client/mqtt_publish.hpp"
#include "actors/client/tls_options.hpp"
#include "messages/errors.hpp"

namespace sluice {

namespace config {
template <class T> class options; // config/option.hpp
} // namespace config

enum class mqtt_client_kind : std::uint8_t {
  paho,    // messages one by one
  grouped, // messages in batches, acknowledged together
};

// `urls`: mqtt://H:P, mqtts://H:P (TLS); tried in order at every connect.
struct mqtt_connection_options {
  std::vector<std::string> urls;
  std::string client_id; // empty: made by the component from service name and component name
  std::string user;
  std::string password; // secret
  tls_options tls;
  int protocol = 0; // 0 = MQTT 5, fall back to 3.1.1; 5; 4 = 3.1.1
  std::chrono::seconds keep_alive{20};
  std::chrono::milliseconds connect_timeout{10000};
  std::chrono::seconds session_expiry{7 * 24 * 3600}; // 0 = clean start (no session kept)
  unsigned receive_maximum = 1000;  // N of the duplicate rule; announced in CONNECT (MQTT 5)
  std::optional<mqtt_publish> will; // published by the broker when the connection ends without a DISCONNECT
  mqtt_client_kind client = mqtt_client_kind::grouped;
  // Of the grouped client: most messages of a batch, and how long it waits for more of them.
  unsigned batch = 256;
  std::chrono::milliseconds gather{2};
};

// Returns `url` with its port: mqtt://HOST:PORT (1883) or mqtts://HOST:PORT (8883). Errors (ec::invalid):
// another scheme, no host, a port outside 1 to 65535, a path, or credentials, which belong into options of
// their own.
outcome<std::string> complete_mqtt_url(std::string_view url);

// Declarations: url, client_id, tls, protocol, keep_alive, connect_timeout, client; and user, password.
const config::options<mqtt_connection_options>& mqtt_server_table();
const config::options<mqtt_connection_options>& mqtt_login_table();
// will; each connection has its own.
const config::options<mqtt_connection_options>& mqtt_will_table();

} // namespace sluice
