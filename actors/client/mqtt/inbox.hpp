// What the broker publishes to us and we have not acknowledged yet (MQTT 5, 3.3.4, 4.3): one batch of
// messages and of releases of QoS 2, topic aliases, Receive Maximum. Which packet ids of QoS 2 wait for their
// release is not known here: what has to survive the connection stands in the journal.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/client/mqtt/packet.hpp"
#include "actors/client/mqtt_message.hpp"

namespace sluice::packets {

class inbox {
public:
  // `receive_maximum` and `topic_alias_maximum` as CONNECT named them; in 3.1.1 the broker knows neither.
  inbox(int protocol, unsigned receive_maximum, unsigned topic_alias_maximum);

  // Adds a message to the batch. Its views must stay valid until acknowledge().
  decoded<void> take(const publish& from);
  // Adds a PUBREL to the batch; PUBCOMP goes out with it.
  void release(std::uint16_t packet_id);

  // The batch, in the order of arrival.
  std::span<const mqtt_message> messages();
  std::size_t size() const noexcept { return messages_.size(); }
  bool owes() const noexcept { return !answers_.empty(); }
  // The batch is kept: appends its acknowledgements to `out`, in the order of arrival, and begins a new one.
  void acknowledge(std::string& out);

private:
  struct answer {
    kind type;
    std::uint16_t packet_id;
  };
  decoded<std::string_view> topic_of(const publish& from);

  int protocol_;
  unsigned maximum_;
  std::vector<std::unique_ptr<const std::string>> aliases_; // [alias - 1]
  std::vector<std::unique_ptr<const std::string>> retired_; // replaced, and messages of the batch name them
  std::vector<mqtt_message> messages_;
  std::vector<std::size_t> property_ends_; // of each message in user_properties_
  std::vector<std::pair<std::string_view, std::string_view>> user_properties_;
  std::vector<answer> answers_;
  // Messages of QoS 1 and 2 without PUBACK and PUBREC. The specification counts QoS 2 until PUBCOMP, but
  // mosquitto 2.0.11 sends the next one at PUBREC.
  unsigned unacknowledged_ = 0;
};

} // namespace sluice::packets
