#include "actors/ingest/kafka/kafka_takeover.hpp"

#include <algorithm>
#include <cstdio>

namespace sluice {

namespace {

using how = kafka_rebuild::how;

// Behind everything that was applied, as far as this process knows.
std::optional<std::int64_t> applied_to(const kafka_standing* mine) {
  if (mine == nullptr) return std::nullopt;
  return mine->whole() || mine->rebuilt_at == kafka_elsewhere ? mine->next : mine->rebuilt_at;
}

// Where to begin so that the records up to `begins_at` make the state that the other process has.
std::int64_t first_needed(const kafka_assigned& p, std::int64_t begins_at, const kafka_takeover_rules& rules,
                          const kafka_time_question& offset_at) {
  const auto horizon = rules.rebuild.what == how::all         ? std::nullopt
                       : rules.rebuild.what == how::automatic ? rules.memory.horizon
                                                              : std::optional(rules.rebuild.last);
  const auto time = parse_kafka_note(p.note).time_ms;
  if (!horizon || time < 0) return std::min(p.first, begins_at);
  const auto found = offset_at({p.topic, p.partition}, time - horizon->count());
  return std::min(std::max(found.value_or(p.first), p.first), begins_at);
}

// Of a partition that another process has read on, or whose state we let go.
void make_again(kafka_taken& taken, const kafka_assigned& p, const kafka_standing* mine,
                const kafka_takeover_rules& rules, const kafka_time_question& offset_at) {
  const auto before =
      std::max(parse_kafka_note(p.note).takeover, mine != nullptr ? mine->takeover : std::uint16_t{0});
  taken.takeover = static_cast<std::uint16_t>(std::min(before + 1, 0xffff));
  taken.begins_at = taken.from;
  if (rules.memory.any && rules.rebuild.what != how::none)
    taken.from = first_needed(p, taken.from, rules, offset_at);
}

} // namespace

std::string to_text(const kafka_note& note) {
  return "time=" + std::to_string(note.time_ms) + " takeover=" + std::to_string(note.takeover);
}

kafka_note parse_kafka_note(const std::string& text) {
  long long time = -1;
  unsigned short takeover = 0;
  int end = 0;
  if (std::sscanf(text.c_str(), "time=%lld takeover=%hu%n", &time, &takeover, &end) != 2 ||
      static_cast<std::size_t>(end) != text.size())
    return {};
  return {time, takeover};
}

kafka_takeover take_over(const std::vector<kafka_assigned>& assigned, const kafka_standings& known,
                         const std::map<std::string, std::size_t>& counts, const kafka_takeover_rules& rules,
                         const kafka_time_question& offset_at) {
  const auto standing_of = [&known](const kafka_where& where) {
    const auto found = known.find(where);
    return found == known.end() ? nullptr : &found->second;
  };
  kafka_takeover out;
  for (const auto& p : assigned) {
    auto& taken = out.ours.emplace_back();
    taken.where = {p.topic, p.partition};
    const auto* mine = standing_of(taken.where);
    const auto applied = applied_to(mine);
    const auto of_topic = known.lower_bound({p.topic, 0});
    const bool topic_known = of_topic != known.end() && of_topic->first.first == p.topic;
    const auto begin =
        begin_at(applied, p.committed, topic_known, p.first, p.end, rules.offset_reset, rules.on_gap);
    if (const auto* why = std::get_if<std::string>(&begin)) {
      taken.refused = *why;
      continue;
    }
    taken.from = std::get<std::int64_t>(begin);
    const bool others_read = p.committed && (!applied || *p.committed > *applied);
    const bool let_go = mine != nullptr && mine->rebuilt_at == kafka_elsewhere;
    const bool in_the_middle = mine != nullptr && !mine->whole() && !let_go;
    if (in_the_middle && !others_read && mine->next >= p.first && mine->next > 0)
      taken.from = mine->next; // a start in the middle of it
    else if (others_read || let_go || in_the_middle)
      make_again(taken, p, mine, rules, offset_at);
  }
  if (!assigned.empty())
    for (const auto& [where, standing] : known) {
      const auto there = counts.find(where.first);
      if (standing.rebuilt_at != kafka_elsewhere && there != counts.end() &&
          static_cast<std::size_t>(where.second) < there->second &&
          std::none_of(out.ours.begin(), out.ours.end(),
                       [&w = where](const auto& t) { return t.where == w; }))
        out.elsewhere.push_back(where);
    }
  const bool anew = std::any_of(out.ours.begin(), out.ours.end(), [](const auto& t) { return t.begins_at; });
  if (rules.memory.mixed && (anew || !out.elsewhere.empty()))
    for (std::size_t i = 0; i < assigned.size(); ++i) {
      auto& taken = out.ours[i];
      const auto* mine = standing_of(taken.where);
      if (taken.begins_at || !taken.refused.empty() || mine == nullptr) continue;
      taken.from = std::max(*applied_to(mine), assigned[i].first);
      make_again(taken, assigned[i], mine, rules, offset_at);
    }
  return out;
}

} // namespace sluice
