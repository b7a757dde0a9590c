#include "actors/window/event_columns.hpp"

#include <algorithm>
#include <utility>

#include "actors/window/result_json.hpp"

namespace sluice {

result_record event_result(const pipeline_plan& plan, std::string_view id, const event_row& row,
                           std::string_view json) {
  result_record r;
  r.order.sequence = row.sequence;
  r.order.pipeline = plan.index;
  r.order.device = id;
  r.order.start = r.order.end = row.time_ms;
  r.order.index = row.index;
  r.identity = event_identity(plan.name, row.sequence, row.index);
  r.json = own_record(json, plan.predict);
  return r;
}

void event_columns::bind(const steps& from, const field_names& names,
                         const std::optional<std::vector<std::string>>& key) {
  const auto in_key = [&](const std::string& name) {
    return key && std::find(key->begin(), key->end(), name) != key->end();
  };
  std::vector<std::pair<std::string, column>> sorted;
  for (const auto& [name, r] : from.named())
    if (!in_key(name) || from.made(r) || from.name(r) != name) sorted.push_back({name, {{}, 0, r}});
  for (std::uint32_t i = 0; i < names.size(); ++i)
    if (from.passes(names[i]) && !in_key(names[i])) sorted.push_back({names[i], {{}, i, no_field}});
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  columns_.clear();
  for (auto& [name, c] : sorted) {
    text_buffer text;
    append_text(text, name);
    text += ':';
    c.key = text.view();
    columns_.push_back(std::move(c));
  }
}

void event_columns::append(text_buffer& out, const steps& from, const event_batch& batch,
                           std::size_t place) const {
  const auto* slots = batch.row_slots(place);
  const auto* types = batch.row_types(place);
  out += '{';
  bool comma = false;
  for (const auto& c : columns_) {
    const bool derived = c.reg != no_field;
    const auto type = derived ? from.type(c.reg) : types[c.slot];
    if (type == value_type::missing) continue;
    const auto value = derived ? from.value(c.reg) : slots[c.slot];
    if (std::exchange(comma, true)) out += ',';
    out += c.key;
    switch (type) {
    case value_type::number:
      append_number(out, value.number());
      break;
    case value_type::integer:
      append_number(out, value.integer());
      break;
    case value_type::boolean:
      out += value.boolean() ? "true" : "false";
      break;
    default:
      append_text(out, derived ? from.text(c.reg) : batch.text(value));
      break;
    }
  }
  out += '}';
}

} // namespace sluice
