// Inside of paho_client: what its two source files share. The one file that includes Paho
// (paho-mqtt-cpp 1.2.0, whose C++ API does everything here). One detour: it hides the packet id of a received
// message, so the accessor message::c_struct(), which it keeps for its own unit tests, is switched on.
#pragma once

#define UNIT_TESTS
#include <mqtt/async_client.h>
#undef UNIT_TESTS

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/client/broker_url.hpp"
#include "actors/client/callback_gate.hpp"
#include "actors/client/paho_client.hpp"

namespace sluice {

// The two outcomes of an asynchronous call, as two functions.
struct mqtt_listener final : mqtt::iaction_listener {
  std::function<void(const mqtt::token&)> success, failure;
  void on_success(const mqtt::token& t) override { success(t); }
  void on_failure(const mqtt::token& t) override { failure(t); }
};

// The MQTT 5 reason code of a refusal, 0 when there is none (3.1.1: the library says 255).
inline int refusal_of(const mqtt::token& t) {
  const int code = static_cast<int>(t.get_reason_code());
  return code >= 0x80 && code < 0xff ? code : 0;
}

struct paho_client::impl {
  enum class stage { idle, connecting, connected, failed, abandoned, lost };
  struct outgoing {
    std::uint64_t token;
    mqtt::const_message_ptr message;
  };
  // How an attempt ended. answered: a CONNACK came, with `code`.
  struct attempt_end {
    bool answered = false;
    int code = 0;
  };

  mqtt_connection_options options;
  mqtt_callbacks callbacks;
  mqtt_listener on_connect, on_subscribe, on_publish;

  callback_gate gate;

  std::mutex mutex; // everything below; never held while the library or a callback runs
  std::condition_variable changed;
  bool wanted = false, closing = false, finished = true, leaving = false;
  stage now = stage::idle;
  attempt_end end;
  error farewell{ec::none, ""}; // from the broker's DISCONNECT
  std::unique_ptr<mqtt::async_client> client;
  broker_url at;
  int version = MQTTVERSION_5;
  std::vector<mqtt_subscription> asked;
  std::deque<outgoing> waiting;
  std::uint64_t last_token = 0;
  unsigned in_flight = 0, window = 65535;
  std::size_t max_packet = 0;
  bool pumping = false;

  void set_handlers();
  void keep();
  void connect_all();
  bool attempt();
  bool retire();
  error explain(bool& may_be_older);
  void connected(const mqtt::token& t) noexcept;
  void connect_failed(const mqtt::token& t) noexcept;
  void lost() noexcept;
  void arrived(const mqtt::message& m) noexcept;
  void subscribed(const mqtt::token& t) noexcept;
  void subscribe_failed(const mqtt::token& t) noexcept;
  void acknowledged(const mqtt::token& t, bool success) noexcept;
  std::optional<error> pump(std::uint64_t mine);
};

} // namespace sluice
