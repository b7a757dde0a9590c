#include "actors/client/mqtt_client.hpp"

#include "actors/client/grouped_client.hpp"
#include "actors/client/paho_client.hpp"

namespace sluice {

std::unique_ptr<mqtt_client> make_mqtt_client(mqtt_connection_options options, mqtt_callbacks callbacks) {
  if (options.client == mqtt_client_kind::grouped)
    return std::make_unique<grouped_client>(std::move(options), std::move(callbacks));
  return std::make_unique<paho_client>(std::move(options), std::move(callbacks));
}

} // namespace sluice
