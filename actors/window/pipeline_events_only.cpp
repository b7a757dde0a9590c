// Pipelines without a window: every event that passes the steps is a result.
#include <algorithm>

#include "actors/window/json_text.hpp"
#include "actors/window/pipeline_shard.hpp"
#include "actors/window/room_for.hpp"

namespace sluice {

void pipeline_shard::bind_columns(const field_names& names) {
  std::vector<std::pair<std::string, column>> sorted;
  for (const auto& [name, r] : steps_.named()) sorted.push_back({name, {{}, 0, r}});
  for (std::uint32_t i = 0; i < names.size(); ++i)
    if (steps_.passes(names[i])) sorted.push_back({names[i], {{}, i, no_field}});
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  columns_.clear();
  for (auto& [name, c] : sorted) {
    text_buffer key;
    append_text(key, name);
    key += ':';
    c.key = key.view();
    columns_.push_back(std::move(c));
  }
}

void pipeline_shard::take_without_window(const incoming& e) {
  const auto f = judge(e);
  if (f == fate::taken) {
    const auto device = e.batch.device(e.row);
    const auto* slots = e.batch.row_slots(e.place);
    const auto* types = e.batch.row_types(e.place);
    json_.clear();
    frame_.begin_event(json_, device, e.row.time_ms);
    json_ += '{';
    bool comma = false;
    for (const auto& c : columns_) {
      const bool derived = c.reg != no_field;
      const auto type = derived ? steps_.type(c.reg) : types[c.slot];
      if (type == value_type::missing) continue;
      const auto value = derived ? steps_.value(c.reg) : slots[c.slot];
      if (std::exchange(comma, true)) json_ += ',';
      json_ += c.key;
      switch (type) {
      case value_type::number:
        append_number(json_, value.number());
        break;
      case value_type::integer:
        append_number(json_, value.integer());
        break;
      case value_type::boolean:
        json_ += value.boolean() ? "true" : "false";
        break;
      default:
        append_text(json_, derived ? steps_.text(c.reg) : e.batch.text(value));
        break;
      }
    }
    json_ += '}';
    frame_.end(json_);
    result_record r;
    r.order.sequence = e.row.sequence;
    r.order.pipeline = plan_.index;
    r.order.device = device;
    r.order.start = r.order.end = e.row.time_ms;
    r.order.index = e.row.index;
    r.identity = event_identity(plan_.name, e.row.sequence, e.row.index);
    r.json = json_.view();
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
