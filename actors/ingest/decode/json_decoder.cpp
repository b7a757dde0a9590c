#include "actors/ingest/decode/json_decoder.hpp"

#include <algorithm>

namespace sluice {

namespace {

std::string joined(const std::vector<std::string>& keys) {
  std::string name;
  for (const auto& key : keys) name += (name.empty() ? "" : "_") + key;
  return name;
}

std::string shown(const std::vector<std::string>& keys) {
  std::string path;
  for (const auto& key : keys) path = path_text(path, key);
  return path;
}

} // namespace

outcome<json_decoder> json_decoder::make(const json_options& options, const std::vector<std::string>& used,
                                         bool all_fields, field_table& names) {
  const unsigned flatten = options.fields.empty() ? options.flatten : 1;
  auto event = gatherer::make(options, gatherer::naming::path, used, all_fields, names, flatten);
  if (!event) return tl::unexpected(event.error());
  json_text text({.limits = {options.max_depth, options.max_keys},
                  .flatten = flatten,
                  .discover = all_fields && options.fields.empty()});
  json_decoder made(std::move(*event), std::move(text), names);
  made.flatten_ = flatten;
  made.contracts_ = !options.fields.empty();
  return made;
}

// Two ways to spell one name, {"a_b":1,"a":{"b":2}}: nobody could say which one is meant.
bool json_decoder::one_spelling(decode_failure& why) {
  ++stamp_;
  spelled_.resize(std::max<std::size_t>(spelled_.size(), names_->size()));
  const std::string* twice = nullptr;
  std::string other;
  text_.each(event_.plan, [&](const field_plan::target& t, const found_value& v) {
    if (v.what == found_value::kind::missing || v.what == found_value::kind::container) return;
    for (const auto& use : t.uses) {
      auto& [stamp, path] = spelled_[use.slot];
      if (stamp == stamp_ && twice == nullptr) twice = &t.path, other = *path;
      stamp = stamp_, path = &t.path;
    }
  });
  if (twice == nullptr) return true;
  why = {reason::json_duplicate_key, *twice, "is the same field as " + other};
  return false;
}

json_decoder::result json_decoder::learn(decode_failure& why) {
  text_.forget();
  auto discovered = text_.discovered();
  if (!names_->room_for(discovered.size())) {
    why = {reason::json_keys, shown(discovered.front()),
           "more than " + std::to_string(field_table::most_discovered) + " field names in this source"};
    return result::failed;
  }
  for (auto& keys : discovered) {
    const auto slot = names_->add(joined(keys));
    event_.plan.add_field(event_.plan.at({std::move(keys), false}), slot);
  }
  return result::grew;
}

json_decoder::result json_decoder::decode(std::string_view text, event_batch& batch, decode_failure& why,
                                          const outer_values* around) {
  event_.begin(batch);
  if (!text_.read(event_.plan, text, why)) return result::failed;
  text_.each(event_.plan, [this](const field_plan::target& t, const found_value& v) { event_.take(t, v); });
  if (around != nullptr)
    for (const auto& [target, value] : *around) event_.take_around(*target, value);
  if (flatten_ > 1 && !text_.quick() && !one_spelling(why)) return result::failed;
  if (!event_.finish(batch.rows.back(), why)) return result::failed;
  return text_.discovered().empty() ? result::event : learn(why);
}

void json_decoder::know(std::string_view name, std::uint32_t slot) {
  event_.know(std::string(name), slot, flatten_);
}

} // namespace sluice
