// A message is a SenML pack: its records of one device and one time are one event, in the order in which the
// first of them stands; a name that comes again begins another one.
#include <algorithm>
#include <map>
#include <utility>

#include "actors/ingest/decode/column_values.hpp"
#include "actors/ingest/decode/formats.hpp"
#include "actors/ingest/decode/senml_pack.hpp"

namespace sluice {

namespace {

using kind = found_value::kind;
using device_from = senml_options::device_from;

class senml_message final : public decoder {
public:
  senml_message(column_values values, const senml_options& options)
      : values_(std::move(values)), pack_(options.base_unit), device_(options.device), entry_(options.entry),
        after_(options.after) {}

  result decode(const decode_input& message, event_rows& rows, decode_failure& why) override {
    rows.single = false;
    auto text = message.payload;
    if (!after_.empty()) {
      const auto at = text.find(after_);
      if (at == std::string_view::npos) {
        why = {reason::senml_record, "byte 0", "nothing stands behind " + quoted(after_)};
        return result::failed;
      }
      text.remove_prefix(at + after_.size());
    }
    if (!pack_.read(text, message.received_ms, why)) return result::failed;
    if (const auto how = group(why); how != result::events) return how;
    const auto& records = pack_.records();
    for (std::uint32_t i = 0; i < records.size(); ++i) {
      rows.number(i);
      if (records[i].wrong) {
        rows.drop(at(i, *records[i].wrong), records[i].text);
        continue;
      }
      const auto found =
          std::lower_bound(events_.begin(), events_.end(), i,
                           [](const event& e, std::uint32_t first) { return e.first < first; });
      if (found == events_.end() || found->first != i) continue;
      if (!emit(*found, rows, why)) return result::failed;
    }
    return result::events;
  }
  void know(std::string_view name, std::uint32_t slot) override { values_.know(name, slot); }

private:
  struct event {
    std::uint32_t first; // its first record
    std::string_view device;
    std::vector<std::pair<std::int32_t, found_value>> fields; // target, and what stands there
    std::uint64_t unknown = 0;
  };

  static decode_failure at(std::uint32_t record, decode_failure why) {
    why.where = "record " + std::to_string(record + 1) + (why.where.empty() ? "" : ", ") + why.where;
    return why;
  }

  static std::string_view device_of(std::string_view base_name) noexcept {
    while (!base_name.empty() && (base_name.back() == ':' || base_name.back() == '/'))
      base_name.remove_suffix(1);
    return base_name;
  }

  result add(event& into, std::string_view name, const found_value& value, decode_failure& why) {
    std::int32_t target = field_plan::none;
    const auto how = values_.find(name, target, why);
    if (how == column_values::bound::failed) return result::failed;
    into.unknown += values_.unknown(target);
    if (target != field_plan::none) into.fields.emplace_back(target, value);
    return how == column_values::bound::grew ? result::grew : result::events;
  }

  // Puts the pack's records into events.
  result group(decode_failure& why) {
    events_.clear(), open_.clear(), names_.clear();
    std::string_view entry;
    for (const auto& r : pack_.records())
      if (device_ == device_from::entry && !r.wrong && r.name == entry_ && r.value.what == kind::text)
        entry = r.value.text;
    bool grew = false;
    for (std::uint32_t i = 0; i < pack_.records().size(); ++i) {
      const auto& r = pack_.records()[i];
      if (r.wrong || r.empty) continue;
      const auto device = device_ == device_from::entry ? entry : device_of(r.base_name);
      const auto key = std::make_pair(device_ == device_from::topic ? std::string_view() : device, r.time_ms);
      auto& place = open_[key];
      const bool again = place != 0 && has(events_[place - 1], r);
      if (place == 0 || again) {
        events_.push_back({i, device, {}, 0});
        place = static_cast<std::uint32_t>(events_.size());
      }
      auto& into = events_[place - 1];
      names_.emplace_back(place, r.name);
      // The entry that names the device is a field only where a step asks for it.
      if (device_ == device_from::entry && r.name == entry_ &&
          values_.event.plan.find(field_plan::root, r.name) == field_plan::none)
        continue;
      for (const auto* value : {&r.value, &r.sum}) {
        if (value->what == kind::missing) continue;
        sum_name_ = value == &r.sum ? std::string(r.name) + "_sum" : std::string(r.name);
        const auto how = add(into, sum_name_, *value, why);
        if (how == result::failed) return how;
        grew |= how == result::grew;
      }
    }
    return grew ? result::grew : result::events;
  }

  bool has(const event& e, const senml_pack::record& r) const {
    const auto place = static_cast<std::uint32_t>(&e - events_.data() + 1);
    return std::find(names_.begin(), names_.end(), std::make_pair(place, r.name)) != names_.end();
  }

  // False iff the message is a dead letter.
  bool emit(const event& e, event_rows& rows, decode_failure& why) {
    if (!rows.begin(why)) return false;
    const auto& r = pack_.records()[e.first];
    auto& made = values_.event;
    made.begin(rows.batch());
    for (const auto& [target, value] : e.fields) made.take(made.plan[target], value);
    bool good = made.finish(rows.row(), why);
    if (good && device_ != device_from::topic) {
      if (e.device.empty())
        why = {reason::device_missing, "",
               device_ == device_from::entry ? "no text in the entry " + quoted(entry_) : "no base name"},
        good = false;
      else
        good = made.set_device(rows.row(), e.device, device_ == device_from::entry ? entry_ : "bn", why);
    }
    if (!good) {
      rows.drop(at(e.first, why), r.text);
      return true;
    }
    rows.row().time_ms = r.time_ms;
    rows.row().time_from_arrival = !r.timed;
    rows.unknown_fields += e.unknown;
    rows.bad_fields += made.bad_fields();
    return rows.keep(why);
  }

  column_values values_;
  senml_pack pack_;
  device_from device_;
  std::string entry_, after_, sum_name_;
  std::vector<event> events_;
  std::map<std::pair<std::string_view, std::int64_t>, std::uint32_t> open_; // device and time -> event + 1
  std::vector<std::pair<std::uint32_t, std::string_view>> names_;           // event + 1, and what it has
};

} // namespace

made_decoder make_senml_messages(const decoder_setting& setting) {
  auto values = column_values::make(setting.options.senml, setting);
  if (!values) return tl::unexpected(values.error());
  return std::make_unique<senml_message>(std::move(*values), setting.options.senml);
}

} // namespace sluice
