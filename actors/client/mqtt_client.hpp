// One MQTT connection, whichever client makes it; used by the source and the sinks. A lost connection is
// reported once and the object is then of no use: nobody reconnects by himself.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "actors/client/mqtt_message.hpp"
#include "actors/client/mqtt_options.hpp"
#include "actors/client/mqtt_publish.hpp"
#include "actors/client/mqtt_subscription.hpp"
#include "messages/errors.hpp"

namespace sluice {

// Callbacks come from the client's threads, one at a time per client, may not throw and may not call back
// into the client. The client may hold a lock of its own during each of them, and publish() and subscribe()
// may wait for that lock: never hold a mutex that a callback takes while calling them.
struct mqtt_callbacks {
  // CONNACK accepted. Comes before the first on_messages of the connection.
  std::function<void(bool session_present, int protocol)> on_connected;
  std::function<void(error)> on_connect_failed;
  std::function<void()> on_subscribed; // every SUBACK granted
  std::function<void(error)> on_subscribe_failed;
  // After on_connected, once. A publish without on_acknowledged by then is not acknowledged, and nothing more
  // may be heard of it. The text holds the broker's reason when it gave one (MQTT 5) and the library read it
  // before it saw the socket close.
  std::function<void(error)> on_lost;
  // One or more messages in the order of arrival. The PUBACKs of those of QoS 1 go out after this returns;
  // with the grouped client also PUBREC and PUBCOMP of QoS 2, whose repetitions and releases are handed over.
  std::function<void(std::span<const mqtt_message>)> on_messages;
  // PUBACK for publish `token` (any order, and possibly before publish() has returned). code = 0, or the MQTT
  // 5 reason code of a refusal, 0x80 and more; failed = never acknowledged (connection lost before).
  std::function<void(std::uint64_t token, int code, bool failed)> on_acknowledged;
};

class mqtt_client {
public:
  // Disconnects without waiting for in-flight work, and waits at most 2 s for its threads, so that one that
  // hangs in the network or in a library never hangs the caller; then for a callback that still runs, however
  // long that takes. No callback comes after the destructor returned.
  virtual ~mqtt_client() = default;
  mqtt_client(const mqtt_client&) = delete;
  mqtt_client& operator=(const mqtt_client&) = delete;

  virtual void connect() = 0; // ends in on_connected or on_connect_failed
  // Ends in on_subscribed or on_subscribe_failed (or on_lost).
  virtual void subscribe(const std::vector<mqtt_subscription>& what) = 0;
  // Queues one PUBLISH. Returns its token. Errors: invalid (no packet of this version, or none that the
  // broker takes, can hold it), refused (the broker has said that it takes no such QoS or retains nothing),
  // throttled (65 000 wait), connection_lost. What exceeds the broker's Receive Maximum waits here and goes
  // out, in order, as PUBACKs come.
  virtual outcome<std::uint64_t> publish(const mqtt_publish& what) = 0;
  // The longest packet the server said it takes (MQTT 5 Maximum Packet Size); 0 = it named none. Known from
  // on_connected on.
  virtual std::size_t max_packet() const = 0;
  // Sends DISCONNECT, keeps the session. Returns when sent or after `deadline`.
  virtual void disconnect(std::chrono::milliseconds deadline) = 0;

protected:
  mqtt_client() = default;
};

// The client that `options` ask for.
std::unique_ptr<mqtt_client> make_mqtt_client(mqtt_connection_options options, mqtt_callbacks callbacks);

} // namespace sluice
