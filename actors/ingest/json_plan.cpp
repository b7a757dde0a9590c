#include "actors/ingest/json_plan.hpp"

namespace sluice {

json_plan::target& json_plan::at(const json_path& path) {
  std::int32_t node = root, found = none;
  std::string text;
  for (std::size_t i = 0; i < path.names.size(); ++i) {
    const auto& name = path.names[i];
    text = path_text(text, name);
    if (i > 0) {
      auto& child = (*this)[found].child;
      if (child == none) {
        child = static_cast<std::int32_t>(nodes_.size());
        nodes_.emplace_back();
      }
      node = child;
    }
    found = find(node, name);
    if (found == none) {
      found = static_cast<std::int32_t>(targets_.size());
      targets_.emplace_back().path = text;
      nodes_[static_cast<std::size_t>(node)].emplace(name, static_cast<std::uint32_t>(found));
    }
  }
  return (*this)[found];
}

void json_plan::add_field(target& t, std::uint32_t slot) {
  if (t.slot == none)
    t.slot = static_cast<std::int32_t>(slot);
  else if (t.slot != static_cast<std::int32_t>(slot))
    t.more_slots.push_back(slot);
}

} // namespace sluice
