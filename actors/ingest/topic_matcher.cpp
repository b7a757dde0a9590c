#include "actors/ingest/topic_matcher.hpp"

#include <algorithm>

#include "actors/ingest/device_id.hpp"
#include "actors/ingest/same_bytes.hpp"

namespace sluice {

std::string topic_matcher::entry::text() const {
  return std::visit([](const auto& s) { return s.text(); }, shape);
}

template <class Shape>
void topic_matcher::add(const Shape& shape, const std::vector<std::string>& used, bool all_fields,
                        field_table& names) {
  entry e{shape, {}, {}, {}};
  for (std::size_t i = 0; i < shape.names().size(); ++i) {
    const auto& name = shape.names()[i];
    if (name == "field") e.value_name = i;
    if (name == "device")
      e.device = i;
    else if (all_fields || std::find(used.begin(), used.end(), name) != used.end())
      e.fields.push_back({i, names.add(name)});
  }
  entries_.push_back(std::move(e));
}

topic_matcher::topic_matcher(const source_options& source, const std::vector<std::string>& used,
                             bool all_fields, field_table& names) {
  if (const auto* mqtt = source.mqtt())
    for (const auto& shape : mqtt->topics) add(shape, used, all_fields, names);
  if (const auto* kafka = source.kafka())
    for (const auto& shape : kafka->topics) add(shape, used, all_fields, names);
  if (const auto* file = source.file())
    for (const auto& shape : file->paths) add(shape, used, all_fields, names);
  paths_ = source.file() != nullptr;
  any_ = entries_.empty();
  if (any_) entries_.emplace_back();
}

const topic_matcher::entry* topic_matcher::match(std::string_view topic) {
  // A topic that differs from the last one only inside the level of the device, the only name of the only
  // template, matches too; a good device id has no '/' in it.
  const auto around = before_.size() + after_.size();
  if (!before_.empty() && topic.size() > around && same_bytes(topic.data(), before_.data(), before_.size()) &&
      same_bytes(topic.data() + topic.size() - after_.size(), after_.data(), after_.size())) {
    const auto inside = topic.substr(before_.size(), topic.size() - around);
    if (good_device_id(inside)) {
      values_.front() = inside; // the only one: before_ is set by a match
      checked_ = true;
      return &entries_.front();
    }
  }
  checked_ = false;
  if (any_) return &entries_.front();
  if (paths_) return match_path(topic);
  for (const auto& e : entries_) {
    if (!std::get<config::topic_template>(e.shape).match(topic, values_)) continue;
    if (entries_.size() == 1 && values_.size() == 1 && e.device) {
      before_ = topic.substr(0, static_cast<std::size_t>(values_[0].data() - topic.data()));
      after_ = topic.substr(before_.size() + values_[0].size());
    }
    return &e;
  }
  return nullptr;
}

const topic_matcher::entry* topic_matcher::match_path(std::string_view path) {
  if (of_path_ != nullptr && path == path_) return of_path_;
  path_ = path;
  of_path_ = nullptr;
  for (const auto& e : entries_)
    if (std::get<path_pattern>(e.shape).match(path_, values_)) return of_path_ = &e;
  return nullptr;
}

} // namespace sluice
