#include "actors/client/mqtt/packet.hpp"

#include <initializer_list>

namespace sluice::packets {

namespace {

constexpr auto id_part = "the packet id";

// A failure that stands in the header, or in the packet as a whole.
tl::unexpected<malformed> wrong(std::uint8_t code, const char* packet, const char* part, const char* why) {
  return tl::unexpected(malformed{code, packet, part, why, 0});
}

template <class T> decoded<T> end_of(const wire_reader& in, const T& read) noexcept {
  if (in.failed()) return tl::unexpected(in.problem());
  return read;
}

std::uint16_t read_id(wire_reader& in) noexcept {
  const auto begin = in.at();
  const auto id = in.two_bytes(id_part);
  if (id == 0) in.fail(protocol_error, id_part, "is 0", begin);
  return id;
}

// Goes through properties of which nothing is wanted here.
void skip_properties(wire_reader& in, kind packet) noexcept {
  property_reader properties(in, packet);
  for (property_value one; properties.next(one);) {
  }
}

void want_end(wire_reader& in) noexcept {
  if (in.left() != 0) in.fail(malformed_packet, "the body", "goes on behind its end");
}

bool one_of(std::uint8_t code, std::initializer_list<int> allowed) noexcept {
  for (const int one : allowed)
    if (code == one) return true;
  return false;
}

bool has_wildcard(std::string_view topic) noexcept {
  return topic.find_first_of("+#") != topic.npos;
}

// The reason codes of each packet from a server (MQTT 5, table 2-6).
bool is_reason(kind packet, std::uint8_t code) noexcept {
  switch (packet) {
  case kind::connack:
    return one_of(code, {0x00, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89,
                         0x8a, 0x8c, 0x90, 0x95, 0x97, 0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9f});
  case kind::disconnect:
    return one_of(code,
                  {0x00, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8b, 0x8c, 0x8d, 0x8e, 0x8f, 0x90, 0x93, 0x94,
                   0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f, 0xa0, 0xa1, 0xa2});
  case kind::puback:
  case kind::pubrec:
    return one_of(code, {0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99});
  case kind::pubrel:
  case kind::pubcomp:
    return one_of(code, {0x00, 0x92});
  case kind::suback:
    return one_of(code, {0, 1, 2, 0x80, 0x83, 0x87, 0x8f, 0x91, 0x97, 0x9e, 0xa1, 0xa2});
  default: // UNSUBACK
    return one_of(code, {0x00, 0x11, 0x80, 0x83, 0x87, 0x8f, 0x91});
  }
}

// Whether a server may send it, and with which flags. nullptr: it may.
const char* why_not(kind type, std::uint8_t flags, int protocol) noexcept {
  switch (type) {
  case kind::publish:
    if ((flags & 6) == 6) return "has QoS 3";
    return (flags & 6) == 0 && (flags & 8) != 0 ? "has QoS 0 and DUP" : nullptr;
  case kind::pubrel:
    return flags == 2 ? nullptr : "has flags that are reserved";
  case kind::disconnect:
    if (protocol < 5) return "does not come from a server of 3.1.1";
    [[fallthrough]];
  case kind::connack:
  case kind::puback:
  case kind::pubrec:
  case kind::pubcomp:
  case kind::suback:
  case kind::unsuback:
  case kind::pingresp:
    return flags == 0 ? nullptr : "has flags that are reserved";
  default:
    return "does not come from a server"; // AUTH: only where we named a method, which we never do
  }
}

} // namespace

decoded<std::optional<frame>> next_frame(std::string_view bytes, int protocol, std::size_t most,
                                         std::size_t& wanted) noexcept {
  wanted = 2;
  if (bytes.empty()) return std::nullopt;
  frame found;
  const auto first = static_cast<unsigned char>(bytes[0]);
  found.type = static_cast<kind>(first >> 4);
  found.flags = first & 15;
  const char* name = name_of(found.type);
  if (const auto* why = why_not(found.type, found.flags, protocol))
    return wrong(found.type == kind::publish ? malformed_packet : protocol_error, name, "the packet", why);
  std::size_t length = 0, head = 1;
  for (bool more = true; more; ++head) {
    if (head == 5) return wrong(malformed_packet, name, "the remaining length", "is longer than four bytes");
    if (head == bytes.size()) return wanted = head + 1, std::nullopt;
    const auto byte = static_cast<unsigned char>(bytes[head]);
    length |= static_cast<std::size_t>(byte & 0x7f) << (7 * (head - 1));
    more = (byte & 0x80) != 0;
    if (byte == 0 && head > 1 && protocol >= 5)
      return wrong(malformed_packet, name, "the remaining length", "is not in its shortest form");
  }
  found.size = head + length;
  if (most != 0 && found.size > most)
    return wrong(too_large, name, "the packet", "is longer than the maximum packet size");
  if (bytes.size() < found.size) return wanted = found.size, std::nullopt;
  found.body = bytes.substr(head, length);
  return found;
}

decoded<connack> read_connack(const frame& from, int protocol) noexcept {
  wire_reader in(from.body, "CONNACK");
  connack c;
  const auto flags = in.byte("the flag byte");
  if (flags > 1) in.fail(malformed_packet, "the flag byte", "has bits that are reserved", 0);
  c.session_present = flags == 1;
  c.code = in.byte("the code");
  if (c.session_present && c.code != 0) in.fail(protocol_error, "the session", "is present in a refusal", 0);
  const bool short_form = protocol < 5 || (in.left() == 0 && c.code != 0);
  const bool known = (short_form && c.code <= 5) || (protocol >= 5 && is_reason(kind::connack, c.code));
  if (!known)
    in.fail(malformed_packet, "the code", protocol < 5 ? "is no return code" : "is no reason code", 1);
  if (short_form) return want_end(in), end_of(in, c);
  property_reader properties(in, kind::connack);
  for (property_value one; properties.next(one);) {
    const auto number = one.number;
    switch (one.id) {
    case property::receive_maximum:
      c.receive_maximum = static_cast<std::uint16_t>(number);
      break;
    case property::maximum_qos:
      c.maximum_qos = static_cast<std::uint8_t>(number);
      break;
    case property::retain_available:
      c.retain_available = number == 1;
      break;
    case property::maximum_packet_size:
      c.maximum_packet_size = number;
      break;
    case property::server_keep_alive:
      c.server_keep_alive = static_cast<std::uint16_t>(number);
      break;
    case property::reason_string:
      c.reason = one.text;
      break;
    default:
      break;
    }
  }
  want_end(in);
  return end_of(in, c);
}

decoded<publish> read_publish(const frame& from, int protocol) noexcept {
  wire_reader in(from.body, "PUBLISH");
  publish p;
  p.dup = (from.flags & 8) != 0;
  p.qos = (from.flags >> 1) & 3;
  p.retain = (from.flags & 1) != 0;
  p.topic = in.text("the topic");
  if (has_wildcard(p.topic)) in.fail(malformed_packet, "the topic", "has a wildcard", 0);
  if (p.qos != 0) p.packet_id = read_id(in);
  if (protocol >= 5) {
    property_reader properties(in, kind::publish);
    p.properties = properties.bytes();
    for (property_value one; properties.next(one);) {
      if (one.id == property::user) p.has_user_properties = true;
      if (one.id == property::response_topic && has_wildcard(one.text))
        in.fail(protocol_error, "the response topic", "has a wildcard");
      if (one.id != property::topic_alias) continue;
      p.topic_alias = static_cast<std::uint16_t>(one.number);
      if (p.topic_alias == 0) in.fail(alias_invalid, "the topic alias", "is 0");
    }
  }
  if (p.topic.empty() && p.topic_alias == 0)
    in.fail(protocol < 5 ? malformed_packet : protocol_error, "the topic", "is empty", 0);
  p.payload = in.rest();
  return end_of(in, p);
}

decoded<acknowledgement> read_acknowledgement(const frame& from, int protocol) noexcept {
  wire_reader in(from.body, name_of(from.type));
  acknowledgement a;
  a.packet_id = read_id(in);
  if (protocol >= 5 && in.left() != 0) {
    a.code = in.byte("the code");
    if (!is_reason(from.type, a.code)) in.fail(protocol_error, "the code", "is no reason code", 2);
    if (in.left() != 0) skip_properties(in, from.type);
  }
  want_end(in);
  return end_of(in, a);
}

decoded<granted> read_granted(const frame& from, int protocol) noexcept {
  wire_reader in(from.body, name_of(from.type));
  granted g;
  g.packet_id = read_id(in);
  if (protocol < 5 && from.type == kind::unsuback) return want_end(in), end_of(in, g);
  if (protocol >= 5) skip_properties(in, from.type);
  const auto begin = in.at();
  g.codes = in.rest();
  if (g.codes.empty()) in.fail(malformed_packet, "the list of codes", "is empty", begin);
  for (std::size_t i = 0; i < g.codes.size(); ++i) {
    const auto code = static_cast<std::uint8_t>(g.codes[i]);
    const bool known = protocol >= 5 ? is_reason(from.type, code) : one_of(code, {0, 1, 2, 0x80});
    if (!known) in.fail(protocol_error, "a code", "is no reason code", begin + i);
  }
  return end_of(in, g);
}

decoded<farewell> read_farewell(const frame& from) noexcept {
  wire_reader in(from.body, "DISCONNECT");
  farewell f;
  if (in.left() != 0) f.code = in.byte("the code");
  if (!is_reason(kind::disconnect, f.code))
    in.fail(protocol_error, "the code", "is no reason code of a server", 0);
  if (in.left() != 0) {
    property_reader properties(in, kind::disconnect);
    for (property_value one; properties.next(one);)
      if (one.id == property::reason_string) f.reason = one.text;
  }
  want_end(in);
  return end_of(in, f);
}

decoded<void> read_pingresp(const frame& from) noexcept {
  wire_reader in(from.body, "PINGRESP");
  want_end(in);
  if (in.failed()) return tl::unexpected(in.problem());
  return {};
}

} // namespace sluice::packets
