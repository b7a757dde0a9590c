// The publishing half of MQTT 3.1.1, QoS 1, without a socket: bytes in, bytes out. Keeps what has no PUBACK
// and sends it again with DUP = 1 after each reconnect, in order and under the same packet ids.
//
// Over the packets of client/mqtt/. A session there begins and ends with its connection, and this one goes on
// over many. Why not Paho: it marks repetitions with DUP only for an object that reconnects itself, and in
// 1.3.12 that object frees the publish whose write failed and then sends its memory again; and a publish
// through it costs 60 to 75 us of CPU.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/client/mqtt/encode.hpp"
#include "actors/client/mqtt/packet.hpp"
#include "messages/errors.hpp"

namespace sluice {

struct mqtt_login {
  std::string client_id, user, password; // user "" = none
  std::uint16_t keep_alive_s = 20;
};

class mqtt_publisher {
public:
  using acknowledged = std::function<void(std::string_view topic, std::string_view payload)>;

  explicit mqtt_publisher(unsigned window, acknowledged on_ack);

  // Begins a connection: appends CONNECT (clean session: the broker keeps nothing of a publisher) to `out`.
  void connect(const mqtt_login& login, std::string& out);
  // Takes bytes from the broker; may append to `out`. Errors end the connection: refused (CONNACK),
  // connection_lost (not MQTT). `url` names the broker in them.
  outcome<void> receive(std::string_view bytes, const std::string& url, std::string& out);
  // The connection is gone; what has no PUBACK goes out again after the next CONNACK.
  void lost() noexcept;

  bool connected() const noexcept { return connected_; }
  // True iff publish() may be called: connected, and fewer than `window` messages without PUBACK.
  bool room() const noexcept;
  void publish(std::string topic, std::string payload, std::string& out);
  void ping(std::string& out) { packets::encode_pingreq(out); }
  void disconnect(std::string& out) { packets::encode_disconnect(0, 4, out); }

  unsigned in_flight() const noexcept { return open_; }
  std::uint64_t published() const noexcept { return published_; } // PUBACKs
  std::uint64_t resent() const noexcept { return resent_; }       // PUBLISH packets with DUP = 1

private:
  struct slot {
    mqtt_publish message;
    bool open = false;
  };
  outcome<void> take(const packets::frame& from, const std::string& url, std::string& out);
  void send(std::uint16_t id, bool again, std::string& out) const;

  unsigned window_;
  acknowledged on_ack_;
  bool connected_ = false;
  std::string input_;
  std::vector<slot> slots_; // by packet id; 0 unused
  std::deque<std::uint16_t>
      order_; // ids in the order of publishing; acknowledged ones are dropped at the front
  std::uint16_t next_ = 0;
  unsigned open_ = 0;
  std::uint64_t published_ = 0, resent_ = 0;
};

} // namespace sluice
