#include "actors/ingest/json_event.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include <xxhash.h>

#include "actors/ingest/device_id.hpp"
#include "actors/ingest/event_time.hpp"

namespace sluice {

namespace {

using kind = json_value::kind;

// The kinds a slot can hold are numbered like value_type.
static_assert(static_cast<int>(kind::number) == static_cast<int>(value_type::number));
static_assert(static_cast<int>(kind::integer) == static_cast<int>(value_type::integer));
static_assert(static_cast<int>(kind::boolean) == static_cast<int>(value_type::boolean));
static_assert(static_cast<int>(kind::text) == static_cast<int>(value_type::text));

std::string describe(const json_value& v) {
  char digits[32];
  switch (v.what) {
  case kind::missing:
    return "null";
  case kind::number:
    return {digits, std::to_chars(digits, digits + sizeof digits, v.value.number()).ptr};
  case kind::integer:
    return std::to_string(v.value.integer());
  case kind::boolean:
    return v.value.boolean() ? "true" : "false";
  case kind::text:
    return quoted(v.text);
  case kind::container:
    return "an object or array";
  }
  return "";
}

bool refuse(decode_failure& why, reason r, const std::string& where, std::string detail) {
  why = {r, where, std::move(detail)};
  return false;
}

} // namespace

outcome<json_event> json_event::make(const json_options& options, const std::vector<std::string>& used,
                                     bool all_fields, field_table& names) {
  json_event made;
  made.unit_ = options.time.unit;
  for (const auto& name : used) {
    const auto slot = names.add(name);
    if (options.fields.empty()) made.plan.add_field(made.plan.at({{name}}), slot);
  }
  for (const auto& f : options.fields) {
    if (!all_fields && std::find(used.begin(), used.end(), f.name) == used.end()) continue;
    const auto path = json_path::parse(f.path);
    if (!path) return fail(ec::invalid, "fields." + f.name + ": " + path.error().text);
    auto& t = made.plan.at(*path);
    made.plan.add_field(t, names.add(f.name));
    t.mapped = true;
  }
  struct role {
    const char* name;
    const std::string& path;
    bool json_plan::target::*flag;
    std::string& shown;
  };
  const std::string none;
  for (const auto& r :
       {role{"time", options.time.arrival ? none : options.time.path, &json_plan::target::time,
             made.time_path_},
        role{"sequence", options.sequence_path, &json_plan::target::sequence, made.sequence_path_},
        role{"device", options.device_path, &json_plan::target::device, made.device_path_}}) {
    if (r.path.empty()) continue;
    const auto path = json_path::parse(r.path);
    if (!path) return fail(ec::invalid, std::string(r.name) + ": " + path.error().text);
    auto& t = made.plan.at(*path);
    t.*r.flag = true;
    r.shown = t.path;
  }
  return made;
}

void json_event::put_slowly(const json_plan::target& t, const json_value& v) {
  if (v.what == kind::container) {
    if (t.mapped && !wrong_type_) wrong_type_ = &t;
    return;
  }
  auto value = v.value;
  if (v.what == kind::text) {
    value = slot::text(static_cast<std::uint32_t>(batch_->arena.size()),
                       static_cast<std::uint32_t>(v.text.size()));
    batch_->arena.append(v.text);
  }
  types_[t.slot] = static_cast<value_type>(v.what);
  slots_[t.slot] = value;
  for (auto at : t.more_slots) types_[at] = static_cast<value_type>(v.what), slots_[at] = value;
}

bool json_event::finish(event_row& row, decode_failure& why) {
  if (wrong_type_)
    return refuse(why, reason::field_type, wrong_type_->path,
                  "number, boolean or text expected, got an object or array");
  if (!device_path_.empty() && !finish_device(row, why)) return false;
  if (time_path_.empty())
    row.time_from_arrival = true, row.time_ms = row.received_ms;
  else if (!finish_time(row, why))
    return false;
  return sequence_path_.empty() || finish_sequence(row, why);
}

bool json_event::finish_device(event_row& row, decode_failure& why) {
  char digits[24];
  auto text = device_.text;
  if (device_.what == kind::missing)
    return refuse(why, reason::device_missing, device_path_, "no device in the payload");
  if (device_.what == kind::integer) {
    const auto end = std::to_chars(digits, digits + sizeof digits, device_.value.integer()).ptr;
    text = {digits, static_cast<std::size_t>(end - digits)};
  } else if (device_.what != kind::text) {
    return refuse(why, reason::device_invalid, device_path_,
                  "text or integer expected, got " + describe(device_));
  }
  if (!good_device_id(text))
    return refuse(why, reason::device_invalid, device_path_,
                  "1 to 128 of A-Z a-z 0-9 . _ : - expected, got " + quoted(text));
  row.device_offset = static_cast<std::uint32_t>(batch_->arena.size());
  row.device_length = static_cast<std::uint32_t>(text.size());
  row.hash = XXH3_64bits(text.data(), text.size());
  batch_->arena.append(text);
  return true;
}

bool json_event::finish_time(event_row& row, decode_failure& why) const {
  std::optional<std::int64_t> ms;
  switch (time_.what) {
  case kind::integer:
    ms = time_from_integer(time_.value.integer(), unit_);
    break;
  case kind::number:
    ms = time_from_number(time_.value.number(), unit_);
    break;
  case kind::text:
    ms = time_from_text(time_.text);
    break;
  case kind::missing:
    return refuse(why, reason::time_missing, time_path_, "no time in the payload");
  default:
    break;
  }
  if (!ms)
    return refuse(why, reason::time_invalid, time_path_,
                  "number or RFC 3339 text in the years 1 to 9999 expected, got " + describe(time_));
  row.time_ms = *ms;
  return true;
}

bool json_event::finish_sequence(event_row& row, decode_failure& why) const {
  if (sequence_.what == kind::missing)
    return refuse(why, reason::sequence_missing, sequence_path_, "no sequence number in the payload");
  if (sequence_.what != kind::integer || sequence_.value.integer() < 0)
    return refuse(why, reason::sequence_invalid, sequence_path_,
                  "integer in 0 .. 2^63-1 expected, got " + describe(sequence_));
  row.device_seq = static_cast<std::uint64_t>(sequence_.value.integer());
  row.has_sequence = true;
  return true;
}

} // namespace sluice
