#include "actors/ingest/kafka/kafka_recall.hpp"

#include <algorithm>

#include "actors/ingest/unapplied.hpp"

namespace sluice {

outcome<kafka_offsets> recall_kafka_positions(const std::string& source, const store& state, journal& log) {
  kafka_offsets known;
  const auto applied = state.applied();
  const auto prefix = kafka_positions_prefix(source);
  state.scan(state_family::source, prefix, [&](std::string_view key, std::string_view value) {
    load_kafka_position(key.substr(prefix.size()), value, known);
    return true;
  });
  const auto done = each_unapplied(log, applied, source, [&known](const message_out& m) {
    const auto at = kafka_position_of(m);
    if (!at) return;
    auto& next = known[{std::string(kafka_topic_of(m.topic)), at->partition}];
    next = std::max(next, at->offset + 1);
  });
  if (!done) return tl::unexpected(done.error());
  return known;
}

} // namespace sluice
