#include "actors/ingest/decode/field_plan.hpp"

namespace sluice {

field_plan::target& field_plan::at(const json_path& path) {
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

void field_plan::add_field(target& t, std::uint32_t slot, std::int32_t contract) {
  for (const auto& u : t.uses)
    if (u.slot == slot) return;
  t.uses.push_back({slot, contract});
  t.slot = t.uses.size() == 1 && contract == none ? static_cast<std::int32_t>(slot) : none;
}

std::int32_t field_plan::add(field_contract contract) {
  contracts_.push_back(std::move(contract));
  return static_cast<std::int32_t>(contracts_.size() - 1);
}

} // namespace sluice
