#include "actors/ingest/topic_matcher.hpp"

#include <algorithm>

#include "actors/ingest/device_id.hpp"
#include "actors/ingest/same_bytes.hpp"

namespace sluice {

topic_matcher::topic_matcher(const std::vector<config::topic_template>& templates,
                             const std::vector<std::string>& used, bool all_fields, field_table& names) {
  for (const auto& shape : templates) {
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
      values_.assign(1, inside);
      checked_ = true;
      return &entries_.front();
    }
  }
  checked_ = false;
  if (any_) return &entries_.front();
  for (const auto& e : entries_) {
    if (!e.shape.match(topic, values_)) continue;
    if (entries_.size() == 1 && values_.size() == 1 && e.device) {
      before_ = topic.substr(0, static_cast<std::size_t>(values_[0].data() - topic.data()));
      after_ = topic.substr(before_.size() + values_[0].size());
    }
    return &e;
  }
  return nullptr;
}

} // namespace sluice
