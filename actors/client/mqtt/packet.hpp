// The packets that a server sends a client, MQTT 3.1.1 and 5, read from their bytes with every check that the
// specification gives to a receiver. Nothing is copied: texts are views into the bytes that were read.
//
// A CONNACK of two bytes that refuses is taken in MQTT 5 too; where else the client is lenient:
// ARCHITECTURE.md, 16.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <tl/expected.hpp>

#include "actors/client/mqtt/properties.hpp"
#include "actors/client/mqtt/wire.hpp"

namespace sluice::packets {

template <class T> using decoded = tl::expected<T, malformed>;

// A packet whose bytes are all there.
struct frame {
  kind type = kind::reserved;
  std::uint8_t flags = 0;
  std::string_view body;
  std::size_t size = 0; // of the whole packet
};
// Returns the packet at the front of `bytes`; nullopt: it is not complete yet (`wanted` bytes are needed, as
// far as that is known). Fails as soon as the first bytes can be no packet of `protocol` (4 or 5) from a
// server, or are one of more than `most` bytes (0 = any).
decoded<std::optional<frame>> next_frame(std::string_view bytes, int protocol, std::size_t most,
                                         std::size_t& wanted) noexcept;

struct connack {
  bool session_present = false;
  std::uint8_t code = 0; // return code of 3.1.1, reason code of 5
  // MQTT 5; the defaults are what a server means that leaves them out.
  std::uint16_t receive_maximum = 65535;
  std::uint8_t maximum_qos = 2;
  bool retain_available = true;
  std::uint32_t maximum_packet_size = 0; // 0 = any
  std::optional<std::uint16_t> server_keep_alive;
  std::string_view reason; // in the server's words
};
decoded<connack> read_connack(const frame& from, int protocol) noexcept;

struct publish {
  std::string_view topic; // empty: topic_alias names it
  std::string_view payload;
  std::string_view properties; // checked; see for_each_user_property
  std::uint16_t packet_id = 0; // 0 with QoS 0
  std::uint16_t topic_alias = 0;
  std::uint8_t qos = 0;
  bool dup = false, retain = false, has_user_properties = false;
};
decoded<publish> read_publish(const frame& from, int protocol) noexcept;

// PUBACK, PUBREC, PUBREL and PUBCOMP.
struct acknowledgement {
  std::uint16_t packet_id = 0;
  std::uint8_t code = 0;
};
decoded<acknowledgement> read_acknowledgement(const frame& from, int protocol) noexcept;

// SUBACK and UNSUBACK.
struct granted {
  std::uint16_t packet_id = 0;
  std::string_view codes; // one byte per filter; none in an UNSUBACK of 3.1.1
};
decoded<granted> read_granted(const frame& from, int protocol) noexcept;

// DISCONNECT, MQTT 5.
struct farewell {
  std::uint8_t code = 0;
  std::string_view reason;
};
decoded<farewell> read_farewell(const frame& from) noexcept;

// PINGRESP: nothing in it.
decoded<void> read_pingresp(const frame& from) noexcept;

} // namespace sluice::packets
