// One MQTT connection without its socket: bytes in, bytes out, both ways, MQTT 3.1.1 and 5. Messages come in
// batches, and a batch is acknowledged when acknowledge() is called. Reads no clock, locks nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "actors/client/mqtt/inbox.hpp"
#include "actors/client/mqtt/keep_alive.hpp"
#include "actors/client/mqtt/publish_window.hpp"
#include "actors/client/mqtt_options.hpp"
#include "messages/errors.hpp"

namespace sluice::packets {

// What the packets that were read mean, beside messages.
struct happenings {
  std::optional<connack> answer;           // to CONNECT; its view is gone, see `reason`
  std::optional<outcome<void>> subscribed; // every filter granted, or which was refused and why
  std::vector<publish_end> ended;
  std::optional<std::uint8_t> farewell; // DISCONNECT from the broker: nothing more will come
  std::string reason;                   // of answer or farewell, in the broker's words (MQTT 5)
};

class session {
public:
  using time = keep_alive::time;

  // A connection that begins: CONNECT stands in output().
  session(const mqtt_connection_options& options, int protocol, time now);

  // Reads packets from the front of `bytes` until the batch has `most` messages or no whole packet is left.
  // Returns how many bytes it took; views of the batch point into them. An error: the broker has broken the
  // protocol, close with its code; what was read before counts. More messages of a batch than our Receive
  // Maximum are such an error: with a `most` within it a broker that sends more has to wait.
  decoded<std::size_t> take(std::string_view bytes, std::size_t most, happenings& into);
  // Bytes that the packet behind those that take() took has, as far as that is known.
  std::size_t wanted() const noexcept { return wanted_; }

  // Bytes came from the socket.
  void received(time now) noexcept { alive_.received(now); }

  // The messages since the last acknowledge().
  std::span<const mqtt_message> messages() { return inbox_.messages(); }
  // True iff acknowledge() has anything to do.
  bool owes() const noexcept { return inbox_.owes() || inbox_.size() != 0; }
  // The batch is kept: its acknowledgements go to output().
  void acknowledge() { inbox_.acknowledge(output_); }

  // Nothing is to be published or subscribed before the CONNACK. `token` comes back in happenings::ended.
  // Errors: invalid (the wire cannot hold it, or it is longer than the broker takes), refused (a QoS or
  // retained messages that the broker does not have), throttled (65 000 wait).
  outcome<void> publish(const mqtt_publish& what, std::uint64_t token);
  // One at a time.
  void subscribe(std::vector<mqtt_subscription> what);
  std::string unanswered_filters() const; // "a, b" without SUBACK yet
  void disconnect(std::uint8_t code) { encode_disconnect(code, protocol_, output_); }

  // Appends a PINGREQ to output() iff one is due.
  void ping_if_due(time now);
  time next_ping() const noexcept { return alive_.next_ping(); }
  // When the connection has to be given up; ask after a read that found nothing, see keep_alive.
  time given_up() const noexcept { return alive_.given_up(); }

  // What has to be written. Whoever writes tells: sent() for each write, and all_sent() when nothing is left.
  std::string& output() noexcept { return output_; }
  void sent(time now) noexcept { alive_.sent(now); }
  void all_sent(std::vector<publish_end>& ended) { window_.written(ended); }

  bool connected() const noexcept { return connected_; }
  std::uint32_t maximum_packet_size() const noexcept { return server_.maximum_packet_size; } // 0 = any

private:
  decoded<void> read(const frame& from, happenings& into);
  decoded<void> answered(const connack& answer, happenings& into);
  decoded<void> subscribed(const granted& by, happenings& into);

  int protocol_;
  bool clean_;
  bool connected_ = false;
  connack server_;
  inbox inbox_;
  publish_window window_;
  keep_alive alive_;
  std::string output_;
  std::size_t wanted_ = 2;
  std::vector<mqtt_subscription> asked_; // without SUBACK
  std::uint16_t request_id_ = publish_window::last_id;
  std::uint16_t subscribe_id_ = 0;
};

} // namespace sluice::packets
