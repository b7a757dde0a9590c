// Properties of MQTT 5 (2.2.2): which there are, of which type, in which packet, how often.
#pragma once

#include <cstdint>
#include <string_view>

#include "actors/client/mqtt/wire.hpp"

namespace sluice::packets {

enum class kind : std::uint8_t {
  reserved,
  connect,
  connack,
  publish,
  puback,
  pubrec,
  pubrel,
  pubcomp,
  subscribe,
  suback,
  unsubscribe,
  unsuback,
  pingreq,
  pingresp,
  disconnect,
  auth
};
const char* name_of(kind type) noexcept; // "PUBLISH"

namespace property {
inline constexpr std::uint8_t payload_format = 0x01, message_expiry = 0x02, content_type = 0x03,
                              response_topic = 0x08, correlation_data = 0x09, subscription_id = 0x0b,
                              session_expiry = 0x11, assigned_client_id = 0x12, server_keep_alive = 0x13,
                              auth_method = 0x15, auth_data = 0x16, will_delay = 0x18,
                              response_information = 0x1a, server_reference = 0x1c, reason_string = 0x1f,
                              receive_maximum = 0x21, topic_alias_maximum = 0x22, topic_alias = 0x23,
                              maximum_qos = 0x24, retain_available = 0x25, user = 0x26,
                              maximum_packet_size = 0x27, wildcards_available = 0x28,
                              subscription_ids_available = 0x29, shared_available = 0x2a;
} // namespace property

struct property_value {
  std::uint8_t id = 0;
  std::uint32_t number = 0;
  std::string_view text, second; // second: the value of a user property
};

// Reads the properties of a packet from a server one by one. A property that is unknown, does not belong into
// that packet, comes twice though it must not, or has a value that the specification forbids is a failure of
// `in`.
class property_reader {
public:
  // Reads the length of the list from `in`.
  property_reader(wire_reader& in, kind packet) noexcept;
  // False at the end of the list and after a failure.
  bool next(property_value& into) noexcept;
  std::string_view bytes() const noexcept { return bytes_; } // of the whole list, without its length

private:
  wire_reader& in_;
  kind packet_;
  std::size_t end_;
  std::string_view bytes_;
  std::uint64_t seen_ = 0;
};

// Calls f(key, value) for each user property of a list that a property_reader has gone through.
template <class F> void for_each_user_property(std::string_view checked, F&& f);

// What the template above stands on: the next property of a checked list, false at its end.
bool next_checked(wire_reader& in, property_value& into) noexcept;

template <class F> void for_each_user_property(std::string_view checked, F&& f) {
  wire_reader in(checked, "");
  for (property_value one; next_checked(in, one);)
    if (one.id == property::user) f(one.text, one.second);
}

} // namespace sluice::packets
