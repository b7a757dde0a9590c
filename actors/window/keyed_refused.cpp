// Events that cannot go on in a keyed pipeline: dead letters, apply errors, quarantine (semantics.md section
// 2, step 8).
#include <algorithm>

#include "actors/store/replay_mark.hpp"
#include "actors/window/device_table.hpp"
#include "actors/window/keyed_pipeline.hpp"

namespace sluice {

namespace {

constexpr std::int64_t quarantine_ms = 60000; // five apply errors within it

} // namespace

// Step 8. The key is as it was before; only the error is remembered.
void keyed_pipeline::failed(const event_batch& batch, const event_row& row, keyed_state* k,
                            const char* what) noexcept {
  refuse(batch, row, reason::apply_error, {}, what);
  ++counters_.dead_lettered;
  if (k == nullptr) return;
  if (!k->extra) k->extra = std::make_unique<device_extra>();
  auto& errors = k->extra->failed;
  if (!errors) errors = std::make_unique<device_extra::errors>();
  auto& at = errors->at;
  if (errors->count == at.size())
    std::copy(at.begin() + 1, at.end(), at.begin());
  else
    ++errors->count;
  at[errors->count - 1] = row.received_ms;
  if (errors->count == at.size() && at.back() - at.front() <= quarantine_ms) {
    k->quarantined = true;
    ++counters_.quarantined;
  }
  touch(*k);
}

void keyed_pipeline::release(std::string_view id) noexcept {
  auto* k = keys_.find(device_hash(id), id);
  if (k == nullptr || !k->quarantined) return;
  k->quarantined = false;
  --counters_.quarantined;
  if (k->extra) k->extra->failed.reset();
  touch(*k);
}

void keyed_pipeline::refuse(const event_batch& batch, const event_row& row, reason why, std::string where,
                            std::string detail) {
  auto letter = letter_of(batch, row, why);
  letter.source = plan_.source_name;
  letter.pipeline = plan_.name;
  letter.where = std::move(where);
  letter.detail = std::move(detail);
  // Before the judgement the number is not in the set; for other keys the reader has judged.
  const bool before =
      why == reason::apply_error || why == reason::device_quarantined || why == reason::sequence_too_old;
  if (row.has_sequence && (!before || !by_device_)) letter.judged = true;
  out_.dead_letters.push_back(std::move(letter));
}

} // namespace sluice
