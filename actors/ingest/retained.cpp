#include "actors/ingest/retained.hpp"

#include <cstring>

namespace sluice {

bool retained_topics::judge_retained(const message_out& m, const message_mark& mark,
                                     const redelivery& before) {
  bool duplicate = false;
  if (m.retain) {
    const auto known = last_.find(m.topic);
    // The topic's first retained message: the one before it came live, if at all, and may still be
    // remembered.
    const auto last = known != last_.end() ? known->second : before.last_of(mark.topic);
    duplicate = last == mark.content;
  }
  remember(m, mark);
  return duplicate;
}

void retained_topics::remember(const message_out& m, const message_mark& mark) {
  if (!m.retain && last_.empty()) return;
  auto known = last_.find(m.topic);
  if (known == last_.end()) {
    if (!m.retain) return;
    known = last_.emplace(std::string(m.topic), ~mark.content).first;
  }
  if (known->second == mark.content) return;
  known->second = mark.content;
  changed_.insert(known->first);
}

void retained_topics::take_writes(std::vector<state_write>& out) {
  for (const auto& topic : changed_) {
    const auto hash = last_.find(topic)->second;
    out.push_back({state_family::source, prefix_ + topic,
                   std::string(reinterpret_cast<const char*>(&hash), sizeof hash)});
  }
  changed_.clear();
}

bool retained_topics::load(std::string_view topic, std::string_view value) {
  std::uint64_t hash = 0;
  if (value.size() != sizeof hash) return false;
  std::memcpy(&hash, value.data(), sizeof hash);
  last_.insert_or_assign(std::string(topic), hash);
  return true;
}

} // namespace sluice
