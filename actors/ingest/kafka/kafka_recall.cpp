#include "actors/ingest/kafka/kafka_recall.hpp"

#include <algorithm>

#include "actors/ingest/unapplied.hpp"

namespace sluice {

outcome<kafka_standings> recall_kafka_positions(const std::string& source, const store& state, journal& log) {
  kafka_standings known;
  const auto applied = state.applied();
  const auto prefix = kafka_positions_prefix(source);
  outcome<void> read;
  state.scan(state_family::source, prefix, [&](std::string_view key, std::string_view value) {
    if (!load_kafka_position(key.substr(prefix.size()), value, known))
      read = fail(ec::corrupt, "the stored position " + std::string(key) + " is damaged (got " +
                                   std::string(value) + ", want four numbers)");
    return read.has_value();
  });
  if (!read) return tl::unexpected(read.error());
  const auto done = each_unapplied(
      log, applied, source,
      [&known](const message_out& m) {
        const auto at = kafka_position_of(m);
        if (!at) return;
        auto& next = known[{std::string(kafka_topic_of(m.topic)), at->partition}].next;
        next = std::max(next, at->offset + 1);
      },
      [&](const control& record) {
        if (record.kind != control_kind::partition) return;
        if (const auto turn = kafka_turn_of(record.name, source))
          begin_anew(known[turn->where], static_cast<std::int64_t>(record.value), turn->takeover);
      });
  if (!done) return tl::unexpected(done.error());
  return known;
}

} // namespace sluice
