// Events that cannot go on in a keyed pipeline: dead letters, apply errors, quarantine (semantics.md section
// 2, step 8).
#include "actors/window/device_table.hpp"
#include "actors/window/keyed_pipeline.hpp"
#include "actors/window/refused_event.hpp"

namespace sluice {

// Step 8. The key is as it was before; only the error is remembered.
void keyed_pipeline::failed(const event_batch& batch, const event_row& row, keyed_state* k,
                            const char* what) noexcept {
  refuse(batch, row, reason::apply_error, {}, what);
  ++counters_.dead_lettered;
  if (k == nullptr) return;
  if (!k->extra) k->extra = std::make_unique<device_extra>();
  auto& errors = k->extra->failed;
  if (!errors) errors = std::make_unique<apply_errors>();
  if (errors->add(row.received_ms)) {
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
  auto letter = refused_event(plan_, batch, row, why, std::move(where), std::move(detail));
  letter.judged |= row.has_sequence && !by_device_; // for other keys the reader has judged
  out_.dead_letters.push_back(std::move(letter));
}

} // namespace sluice
