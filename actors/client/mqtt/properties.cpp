#include "actors/client/mqtt/properties.hpp"

#include <array>

namespace sluice::packets {

namespace {

enum class type : std::uint8_t { none, byte, two, four, variable, text, binary, pair };

// What the number of a property may be.
enum class bound : std::uint8_t { any, flag, positive };

constexpr unsigned in(kind packet) {
  return 1u << static_cast<unsigned>(packet);
}

struct rule {
  type form = type::none;
  unsigned packets = 0; // from a server
  const char* name = "";
  bound number = bound::any;
  bool repeats = false;
};

constexpr unsigned answers = in(kind::puback) | in(kind::pubrec) | in(kind::pubrel) | in(kind::pubcomp) |
                             in(kind::suback) | in(kind::unsuback);

// MQTT 5, table 2-4, without what only a client sends.
constexpr auto rules = [] {
  std::array<rule, 0x2b> t{};
  using namespace property;
  const unsigned message = in(kind::publish), hello = in(kind::connack), bye = in(kind::disconnect);
  t[payload_format] = {type::byte, message, "the payload format", bound::flag};
  t[message_expiry] = {type::four, message, "the message expiry"};
  t[content_type] = {type::text, message, "the content type"};
  t[response_topic] = {type::text, message, "the response topic"};
  t[correlation_data] = {type::binary, message, "the correlation data"};
  t[subscription_id] = {type::variable, message, "the subscription identifier", bound::positive, true};
  t[session_expiry] = {type::four, hello, "the session expiry"};
  t[assigned_client_id] = {type::text, hello, "the assigned client id"};
  t[server_keep_alive] = {type::two, hello, "the server's keep alive"};
  t[auth_method] = {type::text, hello, "the authentication method"};
  t[auth_data] = {type::binary, hello, "the authentication data"};
  t[will_delay] = {type::four, 0, "the will delay"};
  t[response_information] = {type::text, hello, "the response information"};
  t[server_reference] = {type::text, hello | bye, "the server reference"};
  t[reason_string] = {type::text, hello | bye | answers, "the reason"};
  t[receive_maximum] = {type::two, hello, "the receive maximum", bound::positive};
  t[topic_alias_maximum] = {type::two, hello, "the topic alias maximum"};
  t[topic_alias] = {type::two, message, "the topic alias"};
  t[maximum_qos] = {type::byte, hello, "the maximum QoS", bound::flag};
  t[retain_available] = {type::byte, hello, "retain available", bound::flag};
  t[user] = {type::pair, hello | bye | answers | message, "a user property", bound::any, true};
  t[maximum_packet_size] = {type::four, hello, "the maximum packet size", bound::positive};
  t[wildcards_available] = {type::byte, hello, "wildcards available", bound::flag};
  t[subscription_ids_available] = {type::byte, hello, "subscription identifiers available", bound::flag};
  t[shared_available] = {type::byte, hello, "shared subscriptions available", bound::flag};
  return t;
}();

void read_value(wire_reader& from, const rule& as, property_value& into) noexcept {
  switch (as.form) {
  case type::none:
    break;
  case type::byte:
    into.number = from.byte(as.name);
    break;
  case type::two:
    into.number = from.two_bytes(as.name);
    break;
  case type::four:
    into.number = from.four_bytes(as.name);
    break;
  case type::variable:
    into.number = from.variable(as.name);
    break;
  case type::text:
    into.text = from.text(as.name);
    break;
  case type::binary:
    into.text = from.binary(as.name);
    break;
  case type::pair:
    into.text = from.text(as.name);
    into.second = from.text(as.name);
    break;
  }
}

} // namespace

const char* name_of(kind type) noexcept {
  constexpr const char* names[] = {
      "packet type 0", "CONNECT", "CONNACK",     "PUBLISH",  "PUBACK",  "PUBREC",   "PUBREL",     "PUBCOMP",
      "SUBSCRIBE",     "SUBACK",  "UNSUBSCRIBE", "UNSUBACK", "PINGREQ", "PINGRESP", "DISCONNECT", "AUTH"};
  return names[static_cast<unsigned>(type) & 15];
}

property_reader::property_reader(wire_reader& in, kind packet) noexcept : in_(in), packet_(packet) {
  const auto length = in_.variable("the length of the properties");
  if (length > in_.left()) in_.fail(malformed_packet, "the list of properties", "is cut short");
  end_ = in_.failed() ? in_.at() : in_.at() + length;
  auto copy = in_;
  bytes_ = copy.take(end_ - in_.at(), "");
}

bool property_reader::next(property_value& into) noexcept {
  const auto begin = in_.at();
  if (in_.failed() || begin == end_) return false;
  into = {};
  into.id = in_.byte("a property");
  const auto& as = into.id < rules.size() ? rules[into.id] : rules[0];
  if (as.form == type::none) return in_.fail(malformed_packet, "a property", "is unknown", begin), false;
  if ((as.packets & in(packet_)) == 0)
    return in_.fail(protocol_error, as.name, "does not belong into this packet", begin), false;
  const auto bit = std::uint64_t{1} << into.id;
  if ((seen_ & bit) != 0 && !as.repeats)
    return in_.fail(protocol_error, as.name, "comes twice", begin), false;
  seen_ |= bit;
  read_value(in_, as, into);
  if (in_.at() > end_) in_.fail(malformed_packet, as.name, "goes beyond the list of properties", begin);
  if ((as.number == bound::flag && into.number > 1) || (as.number == bound::positive && into.number == 0))
    in_.fail(protocol_error, as.name, "has a value that is not allowed", begin);
  return !in_.failed();
}

bool next_checked(wire_reader& from, property_value& into) noexcept {
  if (from.left() == 0 || from.failed()) return false;
  into = {};
  into.id = from.byte("");
  if (into.id >= rules.size()) return false;
  read_value(from, rules[into.id], into);
  return !from.failed();
}

} // namespace sluice::packets
