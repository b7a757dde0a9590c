#include "actors/ingest/field_table.hpp"

#include <cstring>

namespace sluice {

std::uint32_t field_table::add(std::string_view name) {
  if (auto found = slots_.find(name); found != slots_.end()) return found->second;
  if (names_.use_count() > 1) names_ = std::make_shared<field_names>(*names_); // batches hold the old list
  const auto slot = size();
  names_->emplace_back(name);
  slots_.emplace(std::string(name), slot);
  return slot;
}

std::string field_table::save() const {
  std::string out;
  for (std::size_t i = fixed_; i < names_->size(); ++i) {
    const auto length = static_cast<std::uint32_t>((*names_)[i].size());
    out.append(reinterpret_cast<const char*>(&length), sizeof length);
    out += (*names_)[i];
  }
  return out;
}

bool field_table::load(std::string_view bytes,
                       const std::function<void(std::string_view, std::uint32_t)>& each) {
  while (!bytes.empty()) {
    std::uint32_t length = 0;
    if (bytes.size() < sizeof length) return false;
    std::memcpy(&length, bytes.data(), sizeof length);
    bytes.remove_prefix(sizeof length);
    if (bytes.size() < length) return false;
    const auto name = bytes.substr(0, length);
    bytes.remove_prefix(length);
    each(name, add(name));
  }
  return true;
}

} // namespace sluice
