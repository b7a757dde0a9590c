#include "actors/ingest/decode/gatherer.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include <xxhash.h>

#include "actors/ingest/device_id.hpp"

namespace sluice {

namespace {

using kind = found_value::kind;

bool refused(decode_failure& why, reason r, const std::string& where, std::string detail) {
  why = {r, where, std::move(detail)};
  return false;
}

// The ways in which nested keys can spell `name`: a_b is a_b itself, and b in a. At most `levels` keys each.
void spellings(const std::string& name, std::size_t from, unsigned levels, std::vector<std::string>& keys,
               std::vector<std::vector<std::string>>& all) {
  keys.push_back(name.substr(from));
  all.push_back(keys);
  keys.pop_back();
  if (levels <= 1) return;
  for (auto at = name.find('_', from); at != std::string::npos; at = name.find('_', at + 1)) {
    if (all.size() >= 1000) return; // a name of hundreds of _
    keys.push_back(name.substr(from, at - from));
    spellings(name, at + 1, levels - 1, keys, all);
    keys.pop_back();
  }
}

outcome<json_path> to_path(const std::string& text, gatherer::naming how) {
  if (how == gatherer::naming::path) return json_path::parse(text);
  return json_path{{text}, false};
}

} // namespace

outcome<gatherer> gatherer::make(const event_options& options, naming how,
                                 const std::vector<std::string>& used, bool all_fields, field_table& names,
                                 unsigned flatten) {
  gatherer made;
  made.how_ = how;
  const auto shown = [&](field_plan::target& t, const json_path& path) -> field_plan::target& {
    if (how == naming::column) t.path = "column " + path.names.front();
    return t;
  };
  const auto is_used = [&](const std::string& name) {
    return all_fields || std::find(used.begin(), used.end(), name) != used.end();
  };
  auto times = time_reader::make(options.time);
  if (!times) return fail(ec::invalid, "time: " + times.error().text);
  made.times_ = std::move(*times);
  for (const auto& name : used) {
    const auto slot = names.add(name);
    if (options.fields.empty()) made.know(name, slot, flatten);
  }
  for (const auto& f : options.fields) {
    const auto contract = field_contract::make(f);
    const auto path = to_path(f.path, how);
    if (!path) return fail(ec::invalid, "fields." + f.name + ": " + path.error().text);
    auto& plan = path->outer ? made.around : made.plan;
    auto& t = shown(plan.at(*path), *path);
    t.mapped = true;
    if (!is_used(f.name) && !contract.asks_anything()) continue;
    if (contract.type == value_type::text) t.as_text = true;
    plan.add_field(t, names.add(f.name), contract.asks_anything() ? plan.add(contract) : field_plan::none);
  }
  struct role {
    const char* name;
    const std::string& path;
    bool field_plan::target::*flag;
    std::string& shown;
  };
  const std::string none;
  for (const auto& r :
       {role{"time", options.time.arrival ? none : options.time.path, &field_plan::target::time,
             made.time_path_},
        role{"sequence", options.sequence_path, &field_plan::target::sequence, made.sequence_path_},
        role{"device", options.device_path, &field_plan::target::device, made.device_path_}}) {
    if (r.path.empty()) continue;
    const auto path = to_path(r.path, how);
    if (!path) return fail(ec::invalid, std::string(r.name) + ": " + path.error().text);
    auto& t = shown((path->outer ? made.around : made.plan).at(*path), *path);
    t.*r.flag = true;
    if (r.flag == &field_plan::target::device ||
        (r.flag == &field_plan::target::time && made.times_.has_format()))
      t.as_text = true;
    r.shown = t.path;
  }
  return made;
}

void gatherer::know(const std::string& name, std::uint32_t slot, unsigned flatten) {
  std::vector<std::string> keys;
  std::vector<std::vector<std::string>> all;
  spellings(name, 0, flatten, keys, all);
  for (auto& spelling : all) {
    auto& t = plan.at({std::move(spelling), false});
    if (how_ == naming::column) t.path = "column " + name;
    plan.add_field(t, slot);
  }
}

void gatherer::put_value(std::uint32_t at, const found_value& v) {
  types_[at] = static_cast<value_type>(v.what);
  slots_[at] = v.value;
  if (v.what != kind::text) return;
  slots_[at] =
      slot::text(static_cast<std::uint32_t>(batch_->arena.size()), static_cast<std::uint32_t>(v.text.size()));
  batch_->arena += v.text;
}

void gatherer::put_slowly(const field_plan& from, const field_plan::target& t, const found_value& v) {
  for (const auto& use : t.uses) {
    if (use.contract == field_plan::none) {
      if (v.what != kind::container)
        put_value(use.slot, v);
      else if (t.mapped && !failed_)
        failed_ = true,
        failure_ = {reason::field_type, t.path, "number, boolean or text expected, got an object or array"};
      continue;
    }
    const auto& contract = from.contract(use.contract);
    auto value = v;
    const auto verdict = contract.apply(value, room_);
    if (verdict == field_contract::verdict::good)
      put_value(use.slot, value);
    else
      refuse(contract, verdict, t, v);
  }
}

void gatherer::refuse(const field_contract& contract, field_contract::verdict verdict,
                      const field_plan::target& t, const found_value& v) {
  if (contract.missing_when_bad) {
    ++bad_fields_;
  } else if (!failed_) {
    failed_ = true;
    failure_ = {verdict == field_contract::verdict::range ? reason::field_range : reason::field_type, t.path,
                contract.wanted() + " expected, got " + describe(v)};
    if (verdict == field_contract::verdict::range && contract.from != nullptr)
      failure_.detail +=
          " " + std::string(contract.from->name) + ", the range is in " + std::string(contract.to->name);
  }
}

bool gatherer::finish(event_row& row, decode_failure& why) {
  if (failed_) {
    why = failure_;
    return false;
  }
  if (!device_path_.empty() && !finish_device(row, why)) return false;
  if (time_path_.empty())
    row.time_from_arrival = true, row.time_ms = row.received_ms;
  else if (!finish_time(row, why))
    return false;
  return sequence_path_.empty() || finish_sequence(row, why);
}

bool gatherer::finish_device(event_row& row, decode_failure& why) {
  char digits[24];
  auto text = device_.text;
  if (device_.what == kind::missing)
    return refused(why, reason::device_missing, device_path_, "no device in the payload");
  if (device_.what == kind::integer) {
    const auto end = std::to_chars(digits, digits + sizeof digits, device_.value.integer()).ptr;
    text = {digits, static_cast<std::size_t>(end - digits)};
  } else if (device_.what != kind::text) {
    return refused(why, reason::device_invalid, device_path_,
                   "text or integer expected, got " + describe(device_));
  }
  return set_device(row, text, device_path_, why);
}

bool gatherer::set_device(event_row& row, std::string_view text, const std::string& where,
                          decode_failure& why) {
  if (!good_device_id(text))
    return refused(why, reason::device_invalid, where,
                   "1 to 128 of A-Z a-z 0-9 . _ : - expected, got " + quoted(text));
  row.device_offset = static_cast<std::uint32_t>(batch_->arena.size());
  row.device_length = static_cast<std::uint32_t>(text.size());
  row.hash = XXH3_64bits(text.data(), text.size());
  batch_->arena += text;
  return true;
}

bool gatherer::finish_time(event_row& row, decode_failure& why) const {
  if (time_.what == kind::missing)
    return refused(why, reason::time_missing, time_path_, "no time in the payload");
  const auto ms = times_.read(time_);
  if (!ms)
    return refused(why, reason::time_invalid, time_path_, times_.wanted() + ", got " + describe(time_));
  row.time_ms = *ms;
  return true;
}

bool gatherer::finish_sequence(event_row& row, decode_failure& why) const {
  if (sequence_.what == kind::missing)
    return refused(why, reason::sequence_missing, sequence_path_, "no sequence number in the payload");
  if (sequence_.what != kind::integer || sequence_.value.integer() < 0)
    return refused(why, reason::sequence_invalid, sequence_path_,
                   "integer in 0 .. 2^63-1 expected, got " + describe(sequence_));
  row.device_seq = static_cast<std::uint64_t>(sequence_.value.integer());
  row.has_sequence = true;
  return true;
}

} // namespace sluice
