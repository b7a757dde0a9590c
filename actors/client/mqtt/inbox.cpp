#include "actors/client/mqtt/inbox.hpp"

#include "actors/client/mqtt/encode.hpp"

namespace sluice::packets {

namespace {

constexpr unsigned packet_ids = 65536;
constexpr std::size_t most_kept = 65536; // user properties for which there is room between batches

tl::unexpected<malformed> wrong(std::uint8_t code, const char* part, const char* why) {
  return tl::unexpected(malformed{code, "PUBLISH", part, why, 0});
}

} // namespace

inbox::inbox(int protocol, unsigned receive_maximum, unsigned topic_alias_maximum)
    : protocol_(protocol), maximum_(protocol >= 5 ? receive_maximum : packet_ids),
      aliases_(protocol >= 5 ? topic_alias_maximum : 0) {}

// The topic of a message; a topic with an alias is remembered for those that have the alias only.
decoded<std::string_view> inbox::topic_of(const publish& from) {
  if (from.topic_alias == 0) return from.topic;
  if (from.topic_alias > aliases_.size())
    return wrong(alias_invalid, "the topic alias", "is above our maximum");
  auto& known = aliases_[from.topic_alias - 1];
  if (from.topic.empty()) {
    if (!known) return wrong(protocol_error, "the topic alias", "has no topic yet");
    return std::string_view(*known);
  }
  if (!known || *known != from.topic) {
    if (known) retired_.push_back(std::move(known));
    known = std::make_unique<const std::string>(from.topic);
  }
  return from.topic;
}

decoded<void> inbox::take(const publish& from) {
  const auto topic = topic_of(from);
  if (!topic) return tl::unexpected(topic.error());
  if (from.qos != 0) {
    if (unacknowledged_ >= maximum_)
      return wrong(maximum_exceeded, "the packet", "goes beyond our receive maximum");
    ++unacknowledged_;
    answers_.push_back({from.qos == 1 ? kind::puback : kind::pubrec, from.packet_id});
  }
  const bool left_out = from.has_user_properties && from.properties.size() > most_property_bytes;
  if (from.has_user_properties && !left_out)
    for_each_user_property(from.properties, [this](std::string_view key, std::string_view value) {
      user_properties_.emplace_back(key, value);
    });
  property_ends_.push_back(user_properties_.size());
  messages_.push_back({*topic, from.payload, from.packet_id, from.qos, from.dup, from.retain});
  messages_.back().properties_left_out = left_out;
  return {};
}

void inbox::release(std::uint16_t packet_id) {
  answers_.push_back({kind::pubcomp, packet_id});
  property_ends_.push_back(user_properties_.size());
  mqtt_message end;
  end.packet_id = packet_id, end.qos = 2, end.release = true;
  messages_.push_back(end);
}

std::span<const mqtt_message> inbox::messages() {
  if (!user_properties_.empty()) {
    const std::span all(user_properties_);
    for (std::size_t i = 0, begin = 0; i < messages_.size(); begin = property_ends_[i++])
      messages_[i].user_properties = all.subspan(begin, property_ends_[i] - begin);
  }
  return messages_;
}

void inbox::acknowledge(std::string& out) {
  for (const auto& one : answers_) encode_acknowledgement(one.type, one.packet_id, 0, protocol_, out);
  unacknowledged_ = 0;
  answers_.clear();
  messages_.clear();
  property_ends_.clear();
  user_properties_.clear();
  if (user_properties_.capacity() > most_kept) user_properties_.shrink_to_fit();
  retired_.clear();
}

} // namespace sluice::packets
