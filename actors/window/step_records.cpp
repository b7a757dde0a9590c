#include "actors/window/step_records.hpp"

#include "actors/window/room_for.hpp"

namespace sluice {

std::size_t append_step_results(steps& steps, const pipeline_plan& plan, const result_frame& frame,
                                const step_cause& by, text_buffer& json, std::vector<result_record>& out) {
  std::vector<result_record> made;
  for (const auto& from : steps.results()) {
    json.clear();
    frame.begin_step(json, by.key, from.time_ms);
    json += from.body;
    frame.end(json);
    result_record r;
    r.order.sequence = by.sequence;
    r.order.pipeline = plan.index;
    r.order.device = by.key;
    r.order.start = r.order.end = from.time_ms;
    r.order.number = from.number;
    r.order.index = by.index;
    r.identity = step_identity(plan.name, by.key, from.name, from.number, from.time_ms);
    r.not_to = from.not_to;
    r.routed = true;
    r.json = json.view();
    made.push_back(std::move(r));
  }
  room_for(out, made.size());
  for (auto& r : made) out.push_back(std::move(r));
  steps.results().clear();
  return made.size();
}

} // namespace sluice
