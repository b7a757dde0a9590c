// The MQTT client over Paho; paho_link.hpp is the only file that includes it. Messages come one by one, each
// acknowledged when its callback returns, and one thread receives for all clients of the process. Automatic
// reconnect is off.
#pragma once

#include <memory>

#include "actors/client/mqtt_client.hpp"

namespace sluice {

class paho_client final : public mqtt_client {
public:
  paho_client(mqtt_connection_options options, mqtt_callbacks callbacks);
  // Destroys the library's object on a helper thread. Messages go on to on_messages until the socket is
  // closed, for what arrives is acknowledged.
  ~paho_client() override;

  void connect() override;
  void subscribe(const std::vector<mqtt_subscription>& what) override;
  outcome<std::uint64_t> publish(const mqtt_publish& what) override;
  std::size_t max_packet() const override;
  void disconnect(std::chrono::milliseconds deadline) override;

private:
  struct impl;
  std::shared_ptr<impl> impl_;
};

} // namespace sluice
