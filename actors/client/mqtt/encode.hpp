// The packets that a client sends, MQTT 3.1.1 and 5: each call appends one whole packet to `out`. What is
// given must fit the wire (texts of at most 65 535 bytes of UTF-8, why_unfit() asks for a PUBLISH);
// properties are left out in 3.1.1.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "actors/client/mqtt/properties.hpp"
#include "actors/client/mqtt_publish.hpp"
#include "actors/client/mqtt_subscription.hpp"

namespace sluice::packets {

struct connect {
  std::string_view client_id;
  std::optional<std::string_view> user, password;
  bool clean_start = true;            // clean session in 3.1.1
  std::uint16_t keep_alive_s = 0;     // 0 = none
  const mqtt_publish* will = nullptr; // published by the broker when we vanish; with its properties in MQTT 5
  std::uint32_t session_expiry_s = 0; // MQTT 5, as the rest
  std::uint16_t receive_maximum = 65535;
  std::uint16_t topic_alias_maximum = 0;
};
void encode_connect(const connect& what, int protocol, std::string& out);

// Where in `out` the packet id of a PUBLISH stands that may be given one later.
struct encoded_publish {
  std::size_t begin = 0; // of the packet
  std::size_t id_at = 0; // 0 with QoS 0
};
encoded_publish encode_publish(const mqtt_publish& what, std::uint16_t packet_id, int protocol,
                               std::string& out);
// Marks it as sent before.
inline void set_dup(const encoded_publish& placed, std::string& in) {
  in[placed.begin] = static_cast<char>(in[placed.begin] | 8);
}
// Size of that packet.
std::size_t size_of_publish(const mqtt_publish& what, int protocol) noexcept;
// What makes a PUBLISH impossible: an empty topic or one with a wildcard, what is no UTF-8 without U+0000,
// texts and packets too long. nullptr: nothing.
const char* why_unfit(const mqtt_publish& what, int protocol) noexcept;

// PUBACK, PUBREC, PUBREL, PUBCOMP.
void encode_acknowledgement(kind type, std::uint16_t packet_id, std::uint8_t code, int protocol,
                            std::string& out);
void encode_subscribe(std::uint16_t packet_id, std::span<const mqtt_subscription> what, int protocol,
                      std::string& out);
void encode_pingreq(std::string& out);
void encode_disconnect(std::uint8_t code, int protocol, std::string& out);

} // namespace sluice::packets
