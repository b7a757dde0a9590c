#include "actors/publish/deliveries.hpp"

#include <utility>

namespace sluice {

void deliveries::delivered(std::uint64_t sequence) {
  cursor_.done(sequence);
  ++delivered_;
  changed_ = true;
}

void deliveries::bury(const outbox_record& record, reason why, std::string topic, std::string where,
                      std::string detail) {
  dead_letter letter;
  letter.why = why;
  letter.source = sink_;
  letter.pipeline = record.pipeline;
  letter.topic = std::move(topic);
  letter.where = std::move(where);
  letter.detail = std::move(detail);
  letter.payload = record.json;
  letter.identity = record.identity;
  letter.revision = record.revision;
  dead_.push_back(std::move(letter));
  cursor_.done(record.sequence);
  changed_ = true;
}

std::optional<sink_progress> deliveries::take() {
  if (!std::exchange(changed_, false)) return std::nullopt;
  sink_progress p;
  p.cursor = cursor_.value();
  p.delivered = std::exchange(delivered_, 0);
  p.dead = std::exchange(dead_, {});
  return p;
}

} // namespace sluice
