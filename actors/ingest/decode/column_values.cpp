#include "actors/ingest/decode/column_values.hpp"

#include <algorithm>

namespace sluice {

outcome<column_values> column_values::make(const event_options& options, const decoder_setting& setting) {
  auto event =
      gatherer::make(options, gatherer::naming::column, setting.used, setting.all_fields, setting.names);
  if (!event) return tl::unexpected(event.error());
  column_values made;
  made.event = std::move(*event);
  made.names_ = &setting.names;
  made.contracts_ = !options.fields.empty();
  made.discover_ = setting.all_fields && options.fields.empty();
  for (const auto& f : options.fields) made.needed_.push_back(f.path);
  if (!options.time.arrival) made.needed_.push_back(options.time.path);
  for (const auto& one : {options.sequence_path, options.device_path})
    if (!one.empty()) made.needed_.push_back(one);
  return made;
}

column_values::bound column_values::find(std::string_view name, std::int32_t& target, decode_failure& why) {
  target = event.plan.find(field_plan::root, name);
  if (!discover_ || (target != field_plan::none && event.plan[target].has_use())) return bound::good;
  if (!names_->room_for(1)) {
    why = {reason::json_keys, "column " + quoted(name),
           "more than " + std::to_string(field_table::most_discovered) + " field names in this source"};
    return bound::failed;
  }
  event.know(std::string(name), names_->add(name));
  target = event.plan.find(field_plan::root, name);
  return bound::grew;
}

column_values::bound column_values::bind(const std::vector<std::string>& names, binding& into,
                                         std::string& missing, decode_failure& why) {
  into = {};
  bool grew = false;
  for (const auto& name : names) {
    std::int32_t target = field_plan::none;
    if (name != "_" && !name.empty()) {
      const auto how = find(name, target, why);
      if (how == bound::failed) return how;
      grew |= how == bound::grew;
      into.unknown += unknown(target);
    }
    into.targets.push_back(target);
  }
  for (const auto& one : needed_)
    if (missing.empty() && std::find(names.begin(), names.end(), one) == names.end()) missing = one;
  return grew ? bound::grew : bound::good;
}

} // namespace sluice
