#include "actors/ingest/kafka/kafka_intake.hpp"

#include <algorithm>

#include "actors/ingest/kafka/kafka_stamp.hpp"

namespace sluice {

namespace {

constexpr std::size_t message_overhead = 80, header_overhead = 48; // bytes

std::string_view text(const char* from, const char* to) noexcept {
  return {from, static_cast<std::size_t>(to - from)};
}

} // namespace

void kafka_intake::enter(const kafka_message& m) {
  if (last_ != nullptr && last_->first.second == m.partition && last_->first.first == m.topic) return;
  last_ = &*known.try_emplace({std::string(m.topic), m.partition}).first;
  wants_key_ = options_.wants_key(m.topic);
}

std::span<const message_in> kafka_intake::take(std::span<const kafka_message> got, std::int64_t now_ms) {
  std::size_t room = 0, properties = 0;
  for (const auto& m : got) {
    room += kafka_stamp_header_bytes + m.topic.size() + 1 + 2 * m.key.size();
    properties += 1 + m.headers.size();
  }
  if (room_.size() < room) room_.resize(room);
  if (properties_.size() < properties) properties_.resize(properties);
  records_.clear();
  bytes_ = 0;
  last_ = nullptr; // a new assignment may have changed what is known
  auto* at = room_.data();
  auto* property = properties_.data();
  for (const auto& m : got) {
    enter(m);
    auto& standing = last_->second;
    if (m.offset < standing.next) {
      ++repeated_;
      continue;
    }
    rebuilt_ += m.offset < standing.rebuilt_at;
    standing.next = m.offset + 1;
    standing.time_ms = std::max(standing.time_ms, std::min(m.time_ms, now_ms));
    auto& in = records_.emplace_back();
    in.topic = m.topic;
    if (wants_key_ && m.has_key) {
      auto* const begin = std::exchange(at, std::copy(m.topic.begin(), m.topic.end(), at));
      *at++ = '/';
      at = std::copy(m.key.begin(), m.key.end(), at);
      in.topic = text(begin, at);
    }
    kafka_stamp stamp{m.partition, m.offset, m.time_ms, std::nullopt};
    if (m.has_key) stamp.key = m.key;
    auto* const begin = std::exchange(at, encode(stamp, at));
    auto* const first = property;
    *property++ = {kafka_stamp_property, text(begin, at)};
    property = std::copy(m.headers.begin(), m.headers.end(), property);
    in.user_properties = {first, property};
    in.payload = m.payload.substr(0, options_.max_message);
    in.truncated = m.payload.size() > options_.max_message;
    in.qos = 1;
    bytes_ += in.payload.size() + in.topic.size() + m.key.size() + message_overhead +
              header_overhead * m.headers.size();
  }
  return records_;
}

} // namespace sluice
