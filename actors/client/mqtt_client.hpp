// One MQTT connection over Paho. The only file pair that includes Paho; used by the source and the sinks.
// Automatic reconnect is off: a lost connection is reported once and the object is then of no use.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/client/mqtt_options.hpp"
#include "actors/client/mqtt_publish.hpp"
#include "actors/client/mqtt_subscription.hpp"
#include "messages/errors.hpp"

namespace sluice {

// A PUBLISH from the broker; views are valid during the callback only.
struct mqtt_message {
  std::string_view topic, payload;
  std::uint16_t packet_id = 0;
  std::uint8_t qos = 0;
  bool dup = false, retain = false;
  std::vector<std::pair<std::string_view, std::string_view>> user_properties;
};

// Callbacks come from the library's threads, one at a time per client, must return quickly, may not throw and
// may not call back into the client. The library holds a lock of its own during each of them, and publish()
// and subscribe() wait for that lock: never hold a mutex that a callback takes while calling them.
struct mqtt_callbacks {
  // CONNACK accepted. Comes before the first on_message of the connection.
  std::function<void(bool session_present, int protocol)> on_connected;
  std::function<void(error)> on_connect_failed;
  std::function<void()> on_subscribed; // every SUBACK granted
  std::function<void(error)> on_subscribe_failed;
  // After on_connected, once. A publish without on_acknowledged by then is not acknowledged, and nothing more
  // may be heard of it. The text holds the broker's reason when it gave one (MQTT 5) and the library read it
  // before it saw the socket close.
  std::function<void(error)> on_lost;
  // The PUBACK of a QoS 1 message goes out after this returns.
  std::function<void(const mqtt_message&)> on_message;
  // PUBACK for publish `token` (any order, and possibly before publish() has returned). code = MQTT 5 reason
  // code, 0x80 and more = refused, 0 for 3.1.1; failed = never acknowledged (connection lost before).
  std::function<void(std::uint64_t token, int code, bool failed)> on_acknowledged;
};

class mqtt_client {
public:
  mqtt_client(mqtt_connection_options options, mqtt_callbacks callbacks);
  // Disconnects without waiting for in-flight work; destroys the library's object on a helper thread and
  // waits at most 2 s for it, so that a hung library never hangs the caller. Messages go on to on_message
  // until the socket is closed, for what arrives is acknowledged. No callback comes after the destructor
  // returned.
  ~mqtt_client();
  mqtt_client(const mqtt_client&) = delete;
  mqtt_client& operator=(const mqtt_client&) = delete;

  void connect();                                             // ends in on_connected or on_connect_failed
  void subscribe(const std::vector<mqtt_subscription>& what); // ends in on_subscribed or on_subscribe_failed
  // Queues one PUBLISH. Returns its token, or an error when nothing more is taken (65 000 wait, no
  // connection). What exceeds the broker's Receive Maximum waits here and goes out, in order, as PUBACKs
  // come.
  outcome<std::uint64_t> publish(const mqtt_publish& what);
  // The longest packet the server said it takes (MQTT 5 Maximum Packet Size); 0 = it named none. Known from
  // on_connected on.
  std::size_t max_packet() const;
  // Sends DISCONNECT, keeps the session. Returns when sent or after `deadline`.
  void disconnect(std::chrono::milliseconds deadline);

private:
  struct impl;
  std::shared_ptr<impl> impl_;
};

} // namespace sluice
