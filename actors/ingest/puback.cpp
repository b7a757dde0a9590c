#include "actors/ingest/puback.hpp"

#include "actors/ingest/unreleased.hpp"
#include "messages/exit_codes.hpp"
#include "messages/faults.hpp"

namespace sluice {

namespace {

// As on the wire (MQTT 5, 3.3.2.3.7).
std::size_t property_bytes(const mqtt_message& of) noexcept {
  std::size_t bytes = 0;
  for (const auto& [key, value] : of.user_properties) bytes += 5 + key.size() + value.size();
  return bytes;
}

} // namespace

keeper::keeper(std::string source, std::size_t max_message, bool discard_retained, journal& log,
               journal_clock& clock, std::uint8_t connection)
    : source_(std::move(source)), max_message_(max_message), discard_retained_(discard_retained),
      connection_(connection), log_(log), clock_(clock) {}

void keeper::keep(std::span<const mqtt_message> batch) noexcept {
  try {
    taken_.clear(), released_.clear();
    const bool discard = discard_retained_ && protocol_.load(std::memory_order_relaxed) == 4;
    for (const auto& m : batch) {
      if (m.release) {
        released_.push_back(m.packet_id);
        continue;
      }
      if (discard && m.retain) {
        retained_ignored_.fetch_add(1, std::memory_order_relaxed);
        continue;
      }
      message_in in;
      in.topic = m.topic;
      in.payload = m.payload.substr(0, max_message_);
      in.truncated = m.properties_left_out || m.payload.size() + property_bytes(m) > max_message_;
      in.connection = connection_;
      in.packet_id = m.packet_id;
      in.qos = m.qos;
      in.dup = m.dup;
      in.retain = m.retain;
      if (!in.truncated) in.user_properties = m.user_properties;
      if (!faults::acknowledge_first(log_, source_, in)) taken_.push_back(in);
    }
    const bool releases = !released_.empty();
    const auto behind = releases ? to_control(source_, connection_, released_) : control();
    const auto done = log_.append(source_, taken_, releases ? &behind : nullptr);
    if (!done) exit_now(exit_storage, done.error().text.c_str());
    if (taken_.empty()) return;
    messages_.fetch_add(taken_.size(), std::memory_order_relaxed);
    last_ms_.store(clock_.now_ms(), std::memory_order_relaxed);
  } catch (const std::exception& e) {
    exit_now(exit_storage, e.what());
  }
}

} // namespace sluice
