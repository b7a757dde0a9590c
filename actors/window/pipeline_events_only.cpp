// Pipelines without a window: every event that passes the steps is a result.
#include "actors/window/pipeline_shard.hpp"
#include "actors/window/room_for.hpp"

namespace sluice {

void pipeline_shard::take_without_window(const incoming& e) {
  const auto f = judge(e);
  if (f == fate::taken) {
    const auto device = e.batch.device(e.row);
    json_.clear();
    frame_.begin_event(json_, device, e.row.time_ms);
    columns_.append(json_, steps_, e.batch, e.place);
    frame_.end(json_);
    auto r = event_result(plan_, device, e.row, json_.view());
    room_for(out_.results);
    put_step_results(e, f);
    room_for(out_.results);
    out_.results.push_back(std::move(r));
    ++counters_.results;
  } else {
    put_step_results(e, f);
  }
  count(f);
  accept(e);
}

} // namespace sluice
