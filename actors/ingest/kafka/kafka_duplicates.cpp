#include "actors/ingest/kafka/kafka_duplicates.hpp"

namespace sluice {

bool kafka_duplicates::judge(const message_out& m) {
  const auto at = kafka_position_of(m);
  if (!at) return false; // of another kind of source that had this name
  const auto topic = kafka_topic_of(m.topic);
  if (last_ == nullptr || last_->first.second != at->partition || last_->first.first != topic)
    last_ = &*places_.try_emplace({std::string(topic), at->partition}).first;
  auto& known = last_->second;
  if (at->offset < known.next) return true;
  known.next = at->offset + 1;
  if (!known.changed) changed_.push_back(last_);
  known.changed = true;
  return false;
}

void kafka_duplicates::load(const store& state) {
  kafka_offsets known;
  state.scan(state_family::source, prefix_, [&](std::string_view key, std::string_view value) {
    load_kafka_position(key.substr(prefix_.size()), value, known);
    return true;
  });
  for (const auto& [where, next] : known) places_[where].next = next;
}

void kafka_duplicates::add_to(reader_part& part, std::uint64_t) {
  for (auto* changed : changed_) {
    const auto& [topic, partition] = changed->first;
    part.state.push_back({state_family::source, kafka_position_key(prefix_, topic, partition),
                          std::to_string(changed->second.next - 1)});
    changed->second.changed = false;
  }
  changed_.clear();
}

} // namespace sluice
