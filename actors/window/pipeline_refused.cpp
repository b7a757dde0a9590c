// Events that cannot go on: dead letters, apply errors, quarantine (semantics.md section 2, step 8).
#include <algorithm>

#include "actors/store/replay_mark.hpp"
#include "actors/window/pipeline_shard.hpp"

namespace sluice {

namespace {

constexpr std::int64_t quarantine_ms = 60000; // five apply errors within it

} // namespace

// Step 8. The device is as it was before; only the error is remembered.
void pipeline_shard::failed(const event_batch& batch, const event_row& row, std::uint32_t device,
                            const char* what) noexcept {
  refuse(batch, row, reason::apply_error, {}, what);
  ++counters_.dead_lettered;
  if (device == no_record) return;
  auto& d = table_.at(device);
  auto& errors = table_.extra(d).failed;
  if (!errors) errors = std::make_unique<device_extra::errors>();
  auto& at = errors->at;
  if (errors->count == at.size())
    std::copy(at.begin() + 1, at.end(), at.begin());
  else
    ++errors->count;
  at[errors->count - 1] = row.received_ms;
  if (errors->count == at.size() && at.back() - at.front() <= quarantine_ms) {
    d.quarantined = true;
    ++counters_.quarantined;
  }
  table_.touch(device);
}

void pipeline_shard::release(std::string_view name) noexcept {
  const auto device = table_.find(device_hash(name), name);
  if (device == no_record || !table_.at(device).quarantined) return;
  auto& d = table_.at(device);
  d.quarantined = false;
  --counters_.quarantined;
  table_.extra(d).failed.reset();
  table_.touch(device);
}

void pipeline_shard::refuse(const event_batch& batch, const event_row& row, reason why, std::string where,
                            std::string detail) {
  auto letter = letter_of(batch, row, why);
  letter.source = plan_.source_name;
  letter.pipeline = plan_.name;
  letter.where = std::move(where);
  letter.detail = std::move(detail);
  // What comes before the judgement, or is one, leaves the number out of the set.
  const bool before =
      why == reason::apply_error || why == reason::device_quarantined || why == reason::sequence_too_old;
  if (row.has_sequence && !before) letter.judged = true;
  out_.dead_letters.push_back(std::move(letter));
}

} // namespace sluice
