#include "actors/client/mqtt/encode.hpp"

namespace sluice::packets {

namespace {

void put_head(kind type, unsigned flags, std::size_t remaining, std::string& out) {
  put_byte(static_cast<unsigned>(type) << 4 | flags, out);
  put_variable(remaining, out);
}

void put_packet(kind type, unsigned flags, std::string_view body, std::string& out) {
  put_head(type, flags, body.size(), out);
  out += body;
}

void put_list(std::string_view properties, std::string& out) {
  put_variable(properties.size(), out);
  out += properties;
}

std::size_t size_of_variable(std::size_t value) noexcept {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x200000 ? 3 : 4;
}

std::size_t size_of_properties(const mqtt_publish& of) noexcept {
  std::size_t size = 0;
  if (of.expiry) size += 5;
  if (!of.content_type.empty()) size += 3 + of.content_type.size();
  for (const auto& [key, value] : of.user_properties) size += 5 + key.size() + value.size();
  return size;
}

void put_properties(const mqtt_publish& of, std::string& out) {
  if (of.expiry)
    put_byte(property::message_expiry, out), put_four(static_cast<std::uint32_t>(of.expiry->count()), out);
  if (!of.content_type.empty()) put_byte(property::content_type, out), put_text(of.content_type, out);
  for (const auto& [key, value] : of.user_properties)
    put_byte(property::user, out), put_text(key, out), put_text(value, out);
}

std::size_t remaining_of(const mqtt_publish& what, int protocol) noexcept {
  std::size_t size = 2 + what.topic.size() + what.payload.size() + (what.qos != 0 ? 2 : 0);
  if (protocol >= 5) {
    const auto list = size_of_properties(what);
    size += size_of_variable(list) + list;
  }
  return size;
}

} // namespace

void encode_connect(const connect& what, int protocol, std::string& out) {
  unsigned flags = what.clean_start ? 2 : 0;
  if (what.will) flags |= 4 | static_cast<unsigned>(what.will->qos) << 3 | (what.will->retain ? 0x20 : 0);
  if (what.password) flags |= 0x40;
  if (what.user) flags |= 0x80;
  std::string body, list;
  put_text("MQTT", body);
  put_byte(static_cast<unsigned>(protocol), body);
  put_byte(flags, body);
  put_two(what.keep_alive_s, body);
  if (protocol >= 5) {
    if (what.session_expiry_s != 0)
      put_byte(property::session_expiry, list), put_four(what.session_expiry_s, list);
    if (what.receive_maximum != 65535)
      put_byte(property::receive_maximum, list), put_two(what.receive_maximum, list);
    if (what.topic_alias_maximum != 0)
      put_byte(property::topic_alias_maximum, list), put_two(what.topic_alias_maximum, list);
    put_list(list, body);
  }
  put_text(what.client_id, body);
  if (what.will) {
    list.clear();
    put_properties(*what.will, list);
    if (protocol >= 5) put_list(list, body);
    put_text(what.will->topic, body);
    put_text(what.will->payload, body);
  }
  if (what.user) put_text(*what.user, body);
  if (what.password) put_text(*what.password, body);
  put_packet(kind::connect, 0, body, out);
}

encoded_publish encode_publish(const mqtt_publish& what, std::uint16_t packet_id, int protocol,
                               std::string& out) {
  encoded_publish placed{out.size(), 0};
  put_head(kind::publish, static_cast<unsigned>(what.qos) << 1 | (what.retain ? 1 : 0),
           remaining_of(what, protocol), out);
  put_text(what.topic, out);
  if (what.qos != 0) placed.id_at = out.size(), put_two(packet_id, out);
  if (protocol >= 5) {
    put_variable(size_of_properties(what), out);
    put_properties(what, out);
  }
  out += what.payload;
  return placed;
}

std::size_t size_of_publish(const mqtt_publish& what, int protocol) noexcept {
  const auto remaining = remaining_of(what, protocol);
  return 1 + size_of_variable(remaining) + remaining;
}

const char* why_unfit(const mqtt_publish& what, int protocol) noexcept {
  const auto fits = [](std::string_view text) { return text.size() <= longest_text && is_text(text); };
  if (what.topic.empty()) return "the topic is empty";
  if (what.topic.find_first_of("+#") != std::string::npos) return "the topic has a wildcard";
  if (!fits(what.topic)) return "the topic is longer than 65535 bytes or no UTF-8 without U+0000";
  if (protocol >= 5) {
    bool good = fits(what.content_type);
    for (const auto& [key, value] : what.user_properties) good = good && fits(key) && fits(value);
    if (!good) return "a property is longer than 65535 bytes or no UTF-8 without U+0000";
  }
  return remaining_of(what, protocol) > longest_remaining ? "the packet is longer than 256 MiB" : nullptr;
}

void encode_acknowledgement(kind type, std::uint16_t packet_id, std::uint8_t code, int protocol,
                            std::string& out) {
  const bool with_code = protocol >= 5 && code != 0;
  put_head(type, type == kind::pubrel ? 2 : 0, with_code ? 3 : 2, out);
  put_two(packet_id, out);
  if (with_code) put_byte(code, out);
}

void encode_subscribe(std::uint16_t packet_id, std::span<const mqtt_subscription> what, int protocol,
                      std::string& out) {
  std::string body;
  put_two(packet_id, body);
  if (protocol >= 5) put_list("", body);
  for (const auto& one : what) {
    put_text(one.filter, body);
    put_byte(static_cast<unsigned>(one.qos) |
                 (protocol >= 5 ? static_cast<unsigned>(one.retain_handling) << 4 : 0),
             body);
  }
  put_packet(kind::subscribe, 2, body, out);
}

void encode_pingreq(std::string& out) {
  put_head(kind::pingreq, 0, 0, out);
}

void encode_disconnect(std::uint8_t code, int protocol, std::string& out) {
  const bool with_code = protocol >= 5 && code != 0;
  put_head(kind::disconnect, 0, with_code ? 1 : 0, out);
  if (with_code) put_byte(code, out);
}

} // namespace sluice::packets
