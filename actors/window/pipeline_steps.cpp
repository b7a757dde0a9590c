// What steps remember of a device, and results that they make themselves.
#include "actors/window/pipeline_shard.hpp"
#include "actors/window/room_for.hpp"

namespace sluice {

// A device's memory is made with its first event, and it is filed under the time its steps wait for.
void pipeline_shard::prepare_memory(const incoming& e) {
  auto& memory = table_.extra(e.d).memory;
  if (!memory) memory = steps_.make_memory();
  memory_ = memory.get();
  const auto due = steps_.due(*memory_, e.row.received_ms);
  if (due != never_due) wheel_.schedule(e.device, e.d.due, due, e.row.received_ms);
}

// All of them or, when it throws, none.
void pipeline_shard::put_step_results(std::string_view device, std::uint64_t sequence, std::uint32_t index) {
  std::vector<result_record> made;
  for (const auto& from : steps_.results()) {
    json_.clear();
    frame_.begin_step(json_, device, from.time_ms);
    json_ += from.body;
    frame_.end(json_);
    result_record r;
    r.order.sequence = sequence;
    r.order.pipeline = plan_.index;
    r.order.device = device;
    r.order.start = r.order.end = from.time_ms;
    r.order.number = from.number;
    r.order.index = index;
    r.identity = step_identity(plan_.name, device, from.name, from.number);
    r.json = json_.view();
    made.push_back(std::move(r));
  }
  room_for(out_.results, made.size());
  for (auto& r : made) out_.results.push_back(std::move(r));
  counters_.results += made.size();
  steps_.results().clear();
}

} // namespace sluice
