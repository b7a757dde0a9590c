#include "actors/ingest/keyed_rows.hpp"

namespace sluice {

keyed_rows::keyed_rows(const reader_source& source, field_table& names)
    : source_(source.options.name), arrival_(source.options.decode.event().time.arrival),
      gate_(source.options.name, source.forget) {
  for (const auto& key : source.keys) keys_.push_back({row_keys(key.fields, names), key.pipelines, 0, 0});
}

void keyed_rows::finish(event_batch& batch, bool check_duplicates) {
  batch.key_count = static_cast<std::uint16_t>(keys_.size());
  batch.keys.assign(batch.rows.size() * keys_.size(), row_key{});
  if (batch.only != event_batch::everyone) return finish_replayed(batch);
  auto* into = batch.keys.data();
  for (std::size_t i = 0; i < batch.rows.size(); ++i) {
    const auto& row = batch.rows[i];
    if (row.has_sequence && !passes(batch, row, check_duplicates)) {
      into += keys_.size();
      continue;
    }
    for (auto& key : keys_) {
      if (const auto why = make(batch, i, key, *into++); why && batch.takeover == 0) {
        ++key.dead_lettered;
        for (const auto& pipeline : key.pipelines) dead(batch, row, pipeline.second, *why);
      }
    }
  }
}

// One event, of one pipeline.
void keyed_rows::finish_replayed(event_batch& batch) {
  for (std::size_t k = 0; k < keys_.size(); ++k)
    for (const auto& [index, pipeline] : keys_[k].pipelines)
      if (index == batch.only)
        if (const auto why = make(batch, 0, keys_[k], batch.keys[k])) {
          replayed_dead_.push_back(index);
          dead(batch, batch.rows[0], pipeline, *why);
        }
}

// Makes the key of a row; else says why there is none.
std::optional<decode_failure> keyed_rows::make(event_batch& batch, std::size_t row, one& key, row_key& into) {
  switch (key.make.make(batch, row, into)) {
  case row_keys::verdict::good:
    break;
  case row_keys::verdict::missing:
    return decode_failure{reason::key_missing, key.make.culprit(),
                          "the event has no " + key.make.culprit() + ", which is part of the key"};
  case row_keys::verdict::invalid:
    return decode_failure{reason::key_invalid, key.make.names(),
                          "the key is longer than " + std::to_string(row_keys::most_bytes) + " bytes (got " +
                              std::to_string(key.make.length()) + ")"};
  }
  return std::nullopt;
}

// False: the event is a duplicate or too old, counted so in every keyed pipeline.
bool keyed_rows::passes(const event_batch& batch, const event_row& row, bool check_duplicates) {
  const auto judged = gate_.judge(batch.device(row), row.device_seq, row.time_ms, row.received_ms,
                                  arrival_ || row.time_from_arrival, check_duplicates);
  const bool passes = judged.what != sequence_verdict::duplicate && judged.what != sequence_verdict::too_old;
  if (passes || batch.takeover != 0) return passes;
  if (judged.what == sequence_verdict::duplicate) {
    for (auto& key : keys_) ++key.duplicate;
    return false;
  }
  const auto detail = "sequence " + std::to_string(row.device_seq) + " is below " +
                      std::to_string(judged.forgotten_below) + ", where gaps are forgotten";
  for (auto& key : keys_) {
    ++key.dead_lettered;
    for (const auto& pipeline : key.pipelines)
      dead(batch, row, pipeline.second, {reason::sequence_too_old, "", detail});
  }
  return false;
}

void keyed_rows::dead(const event_batch& batch, const event_row& row, const std::string& pipeline,
                      const decode_failure& why) {
  auto& letter = dead_.emplace_back(letter_of(batch, row, why.why));
  letter.source = source_;
  letter.pipeline = pipeline;
  letter.where = why.where;
  letter.detail = why.detail;
  letter.judged = true;
}

void keyed_rows::add_to(reader_part& part) {
  for (auto& key : keys_) {
    for (const auto& [index, pipeline] : key.pipelines) {
      part.pipeline_duplicate[index] += key.duplicate;
      part.pipeline_dead_lettered[index] += key.dead_lettered;
    }
    key.duplicate = key.dead_lettered = 0;
  }
  for (const auto index : replayed_dead_) ++part.pipeline_dead_lettered[index];
  replayed_dead_.clear();
  std::move(dead_.begin(), dead_.end(), std::back_inserter(part.dead_letters));
  dead_.clear();
  gate_.take_writes(part.state);
}

} // namespace sluice
