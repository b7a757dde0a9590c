// What steps remember of a device, and results that they make themselves.
#include "actors/window/pipeline_shard.hpp"
#include "actors/window/step_records.hpp"

namespace sluice {

// A device's memory is made with its first event, and it is filed under the time its steps wait for.
void pipeline_shard::prepare_memory(const incoming& e) {
  auto& memory = table_.extra(e.d).memory;
  if (!memory) memory = steps_.make_memory();
  memory_ = memory.get();
  const auto due = steps_.due(*memory_, e.row.received_ms);
  if (due != never_due) wheel_.schedule(e.device, e.d.due, due, e.row.received_ms);
}

void pipeline_shard::put_step_results(std::string_view device, std::uint64_t sequence, std::uint32_t index) {
  counters_.results +=
      append_step_results(steps_, plan_, frame_, {device, sequence, index}, json_, out_.results);
}

} // namespace sluice
