#include "actors/ingest/kafka/kafka_duplicates.hpp"

#include <algorithm>

namespace sluice {

kafka_duplicates::places::value_type& kafka_duplicates::at(const kafka_where& where) {
  auto& found = *places_.try_emplace(where).first;
  if (found.second.lane == 0) found.second.lane = ++lanes_;
  return found;
}

void kafka_duplicates::change(places::value_type& of) {
  if (!std::exchange(of.second.changed, true)) changed_.push_back(&of);
}

bool kafka_duplicates::judge(const message_out& m) {
  last_judged_ = {};
  const auto where = kafka_position_of(m);
  if (!where) return false; // of another kind of source that had this name
  const auto topic = kafka_topic_of(m.topic);
  if (last_ == nullptr || last_->first.second != where->partition || last_->first.first != topic)
    last_ = &at({std::string(topic), where->partition});
  auto& known = last_->second;
  if (where->offset < known.next) return true;
  known.next = where->offset + 1;
  last_judged_.lane = known.lane;
  if (where->offset < known.rebuilt_at) last_judged_.takeover = std::max<std::uint16_t>(known.takeover, 1);
  change(*last_);
  return false;
}

std::uint16_t kafka_duplicates::let_go(const control& record) {
  const auto turn = kafka_turn_of(record.name, source_);
  if (!turn) return 0;
  auto& place = at(turn->where);
  begin_anew(place.second, static_cast<std::int64_t>(record.value), turn->takeover);
  change(place);
  return place.second.lane;
}

outcome<void> kafka_duplicates::load(const store& state) {
  kafka_standings known;
  auto done = load_rows(state, prefix_, [&known](std::string_view where, std::string_view value) {
    return load_kafka_position(where, value, known);
  });
  for (const auto& [where, standing] : known) {
    static_cast<kafka_standing&>(places_[where]) = standing;
    lanes_ = std::max(lanes_, standing.lane);
  }
  return done;
}

void kafka_duplicates::add_to(reader_part& part, std::uint64_t) {
  for (auto* changed : changed_) {
    const auto& [where, place] = *changed;
    part.state.push_back({state_family::source, kafka_position_key(prefix_, where.first, where.second),
                          kafka_position_value(place)});
    changed->second.changed = false;
  }
  changed_.clear();
}

} // namespace sluice
