// Gathers one event from the values found in a payload: which value is which field, and its device, time and
// sequence.
#pragma once

#include <string>
#include <vector>

#include "actors/ingest/json_plan.hpp"
#include "actors/ingest/json_shape.hpp"
#include "actors/ingest/source_options.hpp"
#include "messages/batch.hpp"
#include "messages/dead_letter.hpp"
#include "messages/errors.hpp"

namespace sluice {

// Why a message becomes a dead letter.
struct decode_failure {
  reason why = reason::json_syntax;
  std::string where; // "byte 17" (from 0), "$.temperature", "topic"
  std::string detail;
};

class json_event {
public:
  // `names` gets the fields' slots, those of `used` first. Errors (ec::invalid): a path that does not parse.
  static outcome<json_event> make(const json_options& options, const std::vector<std::string>& used,
                                  bool all_fields, field_table& names);

  json_plan plan;
  bool has_device() const noexcept { return !device_path_.empty(); }

  // A new event: the last row of `batch`, its slots all missing.
  void begin(event_batch& batch) noexcept {
    const auto row = (batch.rows.size() - 1) * batch.stride;
    batch_ = &batch;
    slots_ = batch.slots.data() + row;
    types_ = batch.types.data() + row;
    time_.what = sequence_.what = device_.what = json_value::kind::missing;
    wrong_type_ = nullptr;
  }

  // `v` stands at `t`. Its text must stay until finish().
  void take(const json_plan::target& t, const json_value& v) {
    if (t.slot != json_plan::none && v.what != json_value::kind::missing) put(t, v);
    if (t.time) time_ = v;
    if (t.sequence) sequence_ = v;
    if (t.device) device_ = v;
  }

  // Completes `row` (row.received_ms is set); false iff something is missing or not what it should be.
  bool finish(event_row& row, decode_failure& why);

private:
  void put(const json_plan::target& t, const json_value& v) {
    if (v.what == json_value::kind::number || v.what == json_value::kind::integer) {
      types_[t.slot] = static_cast<value_type>(v.what);
      slots_[t.slot] = v.value;
      if (t.more_slots.empty()) return;
    }
    put_slowly(t, v);
  }
  void put_slowly(const json_plan::target& t, const json_value& v);
  bool finish_device(event_row& row, decode_failure& why);
  bool finish_time(event_row& row, decode_failure& why) const;
  bool finish_sequence(event_row& row, decode_failure& why) const;

  time_unit unit_ = time_unit::ms;
  std::string time_path_, sequence_path_, device_path_; // "" = not from the payload

  event_batch* batch_ = nullptr;
  slot* slots_ = nullptr;
  value_type* types_ = nullptr;
  json_value time_, sequence_, device_;
  const json_plan::target* wrong_type_ = nullptr;
};

} // namespace sluice
