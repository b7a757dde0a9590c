#include "actors/client/mqtt/publish_window.hpp"

#include <algorithm>
#include <utility>

namespace sluice::packets {

publish_window::publish_window(int protocol, unsigned receive_maximum)
    : protocol_(protocol), maximum_(std::clamp(receive_maximum, 1u, last_id)), slots_(16) {}

void publish_window::add(const mqtt_publish& what, std::uint64_t token, std::string& out) {
  const auto qos = static_cast<std::uint8_t>(what.qos);
  if (!waiting_.empty() || (qos != 0 && under_way_ >= maximum_)) {
    auto& kept = waiting_.emplace_back(waiting{{}, 0, token, qos});
    kept.id_at = encode_publish(what, 0, protocol_, kept.packet).id_at;
    return;
  }
  encode_publish(what, qos == 0 ? 0 : next_id(token, qos), protocol_, out);
  if (qos == 0) unwritten_.push_back(token);
}

// Takes a free packet id for `token`. One that is still under way from the last round is passed over.
std::uint16_t publish_window::next_id(std::uint64_t token, int qos) {
  if (2 * (under_way_ + 1) > slots_.size() && slots_.size() < 65536) grow();
  do last_ = last_ == last_id ? 1 : static_cast<std::uint16_t>(last_ + 1);
  while (slot_of(last_).next != owes::nothing);
  slot_of(last_) = {token, last_, qos == 1 ? owes::puback : owes::pubrec};
  ++under_way_;
  return last_;
}

void publish_window::grow() {
  const auto old = std::exchange(slots_, std::vector<slot>(2 * slots_.size()));
  for (const auto& one : old)
    if (one.next != owes::nothing) slot_of(one.id) = one;
}

decoded<void> publish_window::answered(kind type, const acknowledgement& answer, std::string& out,
                                       std::vector<publish_end>& ended) {
  auto& at = slot_of(answer.packet_id);
  const bool known = at.next != owes::nothing && at.id == answer.packet_id;
  if (type == kind::pubrec && !known) { // MQTT 5, 4.3.3: so that the broker can forget it
    if (answer.code < 0x80) encode_acknowledgement(kind::pubrel, answer.packet_id, 0x92, protocol_, out);
    return {};
  }
  if (!known) return {};
  if ((type == kind::puback) != (at.next == owes::puback))
    return tl::unexpected(
        malformed{protocol_error, name_of(type), "the packet id", "belongs to another QoS", 0});
  if (type == kind::pubcomp && at.next == owes::pubrec)
    return tl::unexpected(malformed{protocol_error, "PUBCOMP", "the packet id", "was not released yet", 0});
  if (type == kind::pubrec && answer.code < 0x80) {
    at.next = owes::pubcomp;
    encode_acknowledgement(kind::pubrel, at.id, 0, protocol_, out);
    return {};
  }
  ended.push_back({at.token, answer.code});
  at.next = owes::nothing;
  --under_way_;
  send_waiting(out);
  return {};
}

void publish_window::send_waiting(std::string& out) {
  while (!waiting_.empty() && (waiting_.front().qos == 0 || under_way_ < maximum_)) {
    auto& first = waiting_.front();
    if (first.qos == 0) {
      unwritten_.push_back(first.token);
    } else {
      const unsigned id = next_id(first.token, first.qos);
      first.packet[first.id_at] = static_cast<char>(id >> 8);
      first.packet[first.id_at + 1] = static_cast<char>(id & 0xff);
    }
    out += first.packet;
    waiting_.pop_front();
  }
}

void publish_window::written(std::vector<publish_end>& ended) {
  for (const auto token : unwritten_) ended.push_back({token, 0});
  unwritten_.clear();
}

} // namespace sluice::packets
