#include "actors/ingest/kafka/kafka_recall.hpp"

#include <algorithm>

namespace sluice {

outcome<kafka_offsets> recall_kafka_positions(const std::string& source, const store& state, journal& log) {
  kafka_offsets known;
  const auto applied = state.applied();
  const auto prefix = kafka_positions_prefix(source);
  state.scan(state_family::source, prefix, [&](std::string_view key, std::string_view value) {
    load_kafka_position(key.substr(prefix.size()), value, known);
    return true;
  });
  const auto rest = log.read(applied + 1);
  for (;;) {
    const auto kind = rest->next();
    if (!kind) return tl::unexpected(kind.error());
    if (*kind == journal::cursor::kind::none) return known;
    if (*kind != journal::cursor::kind::message || rest->source() != source) continue;
    if (const auto at = kafka_position_of(rest->message())) {
      auto& next = known[{std::string(kafka_topic_of(rest->message().topic)), at->partition}];
      next = std::max(next, at->offset + 1);
    }
  }
}

} // namespace sluice
