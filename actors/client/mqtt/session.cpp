#include "actors/client/mqtt/session.hpp"

#include <algorithm>
#include <utility>

#include "actors/client/mqtt_reason.hpp"

namespace sluice::packets {

namespace {

constexpr std::uint16_t topic_aliases = 16; // that a broker may use towards us

tl::unexpected<malformed> wrong(const char* packet, const char* part, const char* why) {
  return tl::unexpected(malformed{protocol_error, packet, part, why, 0});
}

connect connect_of(const mqtt_connection_options& from) {
  connect to;
  to.client_id = from.client_id;
  if (!from.user.empty()) to.user = from.user;
  if (!from.password.empty()) to.password = from.password;
  to.clean_start = from.session_expiry.count() == 0;
  to.keep_alive_s = static_cast<std::uint16_t>(std::clamp<std::int64_t>(from.keep_alive.count(), 0, 65535));
  to.session_expiry_s =
      static_cast<std::uint32_t>(std::clamp<std::int64_t>(from.session_expiry.count(), 0, 0xffffffff));
  to.receive_maximum = static_cast<std::uint16_t>(std::clamp(from.receive_maximum, 1u, 65535u));
  to.topic_alias_maximum = topic_aliases;
  if (from.will) to.will = &*from.will;
  return to;
}

} // namespace

session::session(const mqtt_connection_options& options, int protocol, time now)
    : protocol_(protocol), clean_(options.session_expiry.count() == 0),
      inbox_(protocol, std::max(1u, options.receive_maximum), topic_aliases), window_(protocol, 65535),
      alive_(options.keep_alive, now) {
  encode_connect(connect_of(options), protocol, output_);
}

decoded<std::size_t> session::take(std::string_view bytes, std::size_t most, happenings& into) {
  std::size_t used = 0;
  while (inbox_.size() < most && !into.farewell) {
    const auto found = next_frame(bytes.substr(used), protocol_, 0, wanted_);
    if (!found) return tl::unexpected(found.error());
    if (!*found) break;
    if (auto ok = read(**found, into); !ok) return tl::unexpected(ok.error());
    used += (*found)->size;
  }
  return used;
}

decoded<void> session::read(const frame& from, happenings& into) {
  const auto pass = [](const auto& read, auto&& use) -> decoded<void> {
    if (!read) return tl::unexpected(read.error());
    return use(*read);
  };
  if (connected_ == (from.type == kind::connack))
    return wrong(name_of(from.type), "the packet", connected_ ? "comes twice" : "comes before CONNACK");
  switch (from.type) {
  case kind::connack:
    return pass(read_connack(from, protocol_), [&](const auto& c) { return answered(c, into); });
  case kind::publish:
    return pass(read_publish(from, protocol_), [&](const auto& p) { return inbox_.take(p); });
  case kind::pubrel:
    return pass(read_acknowledgement(from, protocol_), [&](const auto& a) -> decoded<void> {
      inbox_.release(a.packet_id);
      return {};
    });
  case kind::puback:
  case kind::pubrec:
  case kind::pubcomp:
    return pass(read_acknowledgement(from, protocol_),
                [&](const auto& a) { return window_.answered(from.type, a, output_, into.ended); });
  case kind::suback:
    return pass(read_granted(from, protocol_), [&](const auto& g) { return subscribed(g, into); });
  case kind::unsuback:
    return pass(read_granted(from, protocol_), [](const auto&) -> decoded<void> { return {}; });
  case kind::disconnect:
    return pass(read_farewell(from), [&](const auto& f) -> decoded<void> {
      into.farewell = f.code;
      into.reason = f.reason;
      return {};
    });
  default: // next_frame() lets nothing else through but PINGRESP, which is an answer as every packet is
    return read_pingresp(from);
  }
}

decoded<void> session::answered(const connack& answer, happenings& into) {
  if (answer.session_present && clean_)
    return wrong("CONNACK", "the session", "is present after a clean start");
  into.answer = answer;
  into.answer->reason = {};
  into.reason = answer.reason;
  if (answer.code != 0) return {};
  connected_ = true;
  server_ = *into.answer;
  window_ = publish_window(protocol_, protocol_ >= 5 ? answer.receive_maximum : 65535);
  if (answer.server_keep_alive) alive_.set_period(std::chrono::seconds(*answer.server_keep_alive));
  return {};
}

decoded<void> session::subscribed(const granted& by, happenings& into) {
  if (by.packet_id != subscribe_id_)
    return wrong("SUBACK", "the packet id", "belongs to no SUBSCRIBE of ours");
  if (by.codes.size() != asked_.size())
    return wrong("SUBACK", "the list of codes", "has another length than our list of filters");
  subscribe_id_ = 0;
  const auto refused = refused_filters(asked_, by.codes);
  into.subscribed = refused.empty() ? outcome<void>() : fail(ec::refused, "subscription refused: " + refused);
  return {};
}

outcome<void> session::publish(const mqtt_publish& what, std::uint64_t token) {
  const auto refuse = [&](ec code, const std::string& why) {
    return fail(code, "publish to " + what.topic + ": " + why);
  };
  if (!connected_) return refuse(ec::connection_lost, "not connected");
  if (const auto* why = why_unfit(what, protocol_)) return refuse(ec::invalid, why);
  if (const auto size = size_of_publish(what, protocol_);
      server_.maximum_packet_size != 0 && size > server_.maximum_packet_size)
    return refuse(ec::invalid, "the packet has " + std::to_string(size) + " bytes, the broker takes " +
                                   std::to_string(server_.maximum_packet_size));
  if (what.qos > server_.maximum_qos)
    return refuse(ec::refused, "the broker takes QoS " + std::to_string(server_.maximum_qos) + " at most");
  if (what.retain && !server_.retain_available) return refuse(ec::refused, "the broker retains nothing");
  if (window_.size() >= most_waiting_publishes) return refuse(ec::throttled, too_many_wait());
  window_.add(what, token, output_);
  return {};
}

void session::subscribe(std::vector<mqtt_subscription> what) {
  asked_ = std::move(what);
  request_id_ = request_id_ == 65535 ? publish_window::last_id + 1 : request_id_ + 1;
  subscribe_id_ = request_id_;
  encode_subscribe(subscribe_id_, asked_, protocol_, output_);
}

std::string session::unanswered_filters() const {
  std::string list;
  if (subscribe_id_ != 0)
    for (const auto& one : asked_) list += (list.empty() ? "" : ", ") + one.filter;
  return list;
}

void session::ping_if_due(time now) {
  if (!connected_ || !alive_.due(now)) return;
  encode_pingreq(output_);
  alive_.pinged(now);
}

} // namespace sluice::packets
