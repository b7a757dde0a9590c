// Events that cannot go on: dead letters, apply errors, quarantine (semantics.md section 2, step 8).
#include "actors/window/pipeline_shard.hpp"
#include "actors/window/refused_event.hpp"

namespace sluice {

// Step 8. The device is as it was before; only the error is remembered.
void pipeline_shard::failed(const event_batch& batch, const event_row& row, std::uint32_t device,
                            const char* what) noexcept {
  refuse(batch, row, reason::apply_error, {}, what);
  ++counters_.dead_lettered;
  if (device == no_record) return;
  auto& d = table_.at(device);
  auto& errors = table_.extra(d).failed;
  if (!errors) errors = std::make_unique<apply_errors>();
  if (errors->add(row.received_ms)) {
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
  out_.dead_letters.push_back(refused_event(plan_, batch, row, why, std::move(where), std::move(detail)));
}

} // namespace sluice
