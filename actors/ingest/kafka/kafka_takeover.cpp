#include "actors/ingest/kafka/kafka_takeover.hpp"

#include <algorithm>

namespace sluice {

namespace {

using how = kafka_rebuild::how;

// Where to begin so that the records up to `begins_at` make the state that the other process has.
std::int64_t first_needed(const kafka_assigned& p, std::int64_t begins_at, const kafka_takeover_rules& rules,
                          const kafka_time_question& offset_at) {
  const auto horizon = rules.rebuild.what == how::all         ? std::nullopt
                       : rules.rebuild.what == how::automatic ? rules.memory.horizon
                                                              : std::optional(rules.rebuild.last);
  if (!horizon || !p.committed_time_ms) return p.first;
  const auto found = offset_at({p.topic, p.partition}, *p.committed_time_ms - horizon->count());
  return std::clamp(found.value_or(p.first), p.first, std::max(p.first, begins_at));
}

// Of a partition that another process has read on, or whose state we let go.
void make_again(kafka_taken& taken, const kafka_assigned& p, const kafka_takeover_rules& rules,
                const kafka_time_question& offset_at) {
  const bool needed = rules.memory.any && rules.rebuild.what != how::none;
  taken.begins_at = needed ? taken.from : 0;
  if (needed) taken.from = first_needed(p, taken.from, rules, offset_at);
}

} // namespace

kafka_takeover take_over(const std::vector<kafka_assigned>& assigned, const kafka_standings& known,
                         const kafka_takeover_rules& rules, const kafka_time_question& offset_at) {
  kafka_takeover out;
  for (const auto& p : assigned) {
    auto& taken = out.ours.emplace_back();
    taken.where = {p.topic, p.partition};
    const auto found = known.find(taken.where);
    const auto* mine = found == known.end() ? nullptr : &found->second;
    const bool let_go = mine != nullptr && mine->rebuilt_at == kafka_elsewhere;
    // Behind everything that was applied, as far as we know.
    std::optional<std::int64_t> applied;
    if (mine != nullptr) applied = mine->whole() || let_go ? mine->next : mine->rebuilt_at;
    const auto of_topic = known.lower_bound({p.topic, 0});
    const bool topic_known = of_topic != known.end() && of_topic->first.first == p.topic;
    const auto begin =
        begin_at(applied, p.committed, topic_known, p.first, p.end, rules.offset_reset, rules.on_gap);
    if (const auto* why = std::get_if<std::string>(&begin)) {
      taken.refused = *why;
      continue;
    }
    taken.from = std::get<std::int64_t>(begin);
    const bool others_read = p.committed && *p.committed > applied.value_or(0);
    if (mine == nullptr ? p.committed.has_value() : others_read || let_go)
      make_again(taken, p, rules, offset_at);
    else if (mine != nullptr && !mine->whole()) { // a start in the middle of it
      if (mine->next >= p.first && mine->next > 0)
        taken.from = mine->next;
      else
        make_again(taken, p, rules, offset_at);
    }
  }
  if (assigned.empty()) return out;
  for (const auto& [where, standing] : known) {
    if (standing.rebuilt_at == kafka_elsewhere ||
        !std::binary_search(rules.topics.begin(), rules.topics.end(), where.first))
      continue;
    if (std::none_of(out.ours.begin(), out.ours.end(), [&w = where](const auto& t) { return t.where == w; }))
      out.elsewhere.push_back(where);
  }
  return out;
}

} // namespace sluice
