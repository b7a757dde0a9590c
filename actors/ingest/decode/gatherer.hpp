// Gathers one event from the values found in a payload: which value is which field, what its contract makes
// of it, and the event's device, time and sequence.
#pragma once

#include <string>
#include <vector>

#include "actors/ingest/decode/decode_failure.hpp"
#include "actors/ingest/decode/field_plan.hpp"
#include "actors/ingest/decode/found_value.hpp"
#include "actors/ingest/decode/time_reader.hpp"
#include "actors/ingest/decode_options.hpp"
#include "messages/batch.hpp"
#include "messages/errors.hpp"

namespace sluice {

class gatherer {
public:
  // How the options name a value: a path into JSON, or the name of a column or record.
  enum class naming { path, column };

  // `names` gets the fields' slots, those of `used` first. A field with a contract is a field whether or not
  // a pipeline uses it: what it refuses must not depend on pipelines. Errors (ec::invalid): a path that does
  // not parse, a zone that does not exist.
  static outcome<gatherer> make(const event_options& options, naming how,
                                const std::vector<std::string>& used, bool all_fields, field_table& names,
                                unsigned flatten = 1);

  field_plan plan;   // of the event
  field_plan around; // of the object around it: paths that begin with $$
  const std::string& device_path() const noexcept { return device_path_; }
  bool has_device() const noexcept { return !device_path_.empty(); }
  // Makes `name` a field in `slot`, in every way nested keys can spell it.
  void know(const std::string& name, std::uint32_t slot, unsigned flatten = 1);

  // A new event: the last row of `batch`, its slots all missing.
  void begin(event_batch& batch) noexcept {
    const auto row = (batch.rows.size() - 1) * batch.stride;
    batch_ = &batch;
    slots_ = batch.slots.data() + row;
    types_ = batch.types.data() + row;
    time_.what = sequence_.what = device_.what = found_value::kind::missing;
    failed_ = false;
    bad_fields_ = 0;
  }

  // `v` stands at `t`, a target of `plan`. Its text must stay until finish().
  void take(const field_plan::target& t, const found_value& v) { take(plan, t, v); }
  void take_around(const field_plan::target& t, const found_value& v) { take(around, t, v); }

  // Completes `row` (row.received_ms is set); false iff something is missing or not what it should be.
  bool finish(event_row& row, decode_failure& why);
  // Names the event's device; false iff `id` cannot be one.
  bool set_device(event_row& row, std::string_view id, const std::string& where, decode_failure& why);
  // Values of the event that their contract made missing.
  unsigned bad_fields() const noexcept { return bad_fields_; }
  // The type of a field's slot in the event in hand.
  value_type type_of(std::uint32_t slot) const noexcept { return types_[slot]; }

private:
  void take(const field_plan& from, const field_plan::target& t, const found_value& v) {
    if (v.what != found_value::kind::missing) put(from, t, v);
    if (t.time) time_ = v;
    if (t.sequence) sequence_ = v;
    if (t.device) device_ = v;
  }
  void put(const field_plan& from, const field_plan::target& t, const found_value& v) {
    if (t.slot != field_plan::none &&
        (v.what == found_value::kind::number || v.what == found_value::kind::integer)) {
      types_[t.slot] = static_cast<value_type>(v.what);
      slots_[t.slot] = v.value;
    } else if (!t.uses.empty()) {
      put_slowly(from, t, v);
    }
  }
  void put_slowly(const field_plan& from, const field_plan::target& t, const found_value& v);
  void put_value(std::uint32_t at, const found_value& v);
  void refuse(const field_contract& contract, field_contract::verdict verdict, const field_plan::target& t,
              const found_value& v);
  bool finish_device(event_row& row, decode_failure& why);
  bool finish_time(event_row& row, decode_failure& why) const;
  bool finish_sequence(event_row& row, decode_failure& why) const;

  naming how_ = naming::path;
  time_reader times_;
  std::string time_path_, sequence_path_, device_path_; // "" = not from the payload

  event_batch* batch_ = nullptr;
  slot* slots_ = nullptr;
  value_type* types_ = nullptr;
  found_value time_, sequence_, device_;
  bool failed_ = false;
  decode_failure failure_; // iff failed_
  unsigned bad_fields_ = 0;
  std::string room_;
};

} // namespace sluice
