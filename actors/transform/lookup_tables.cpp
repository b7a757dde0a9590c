#include "actors/transform/lookup_tables.hpp"

#include <algorithm>

namespace sluice {

outcome<std::shared_ptr<const lookup_table>> table_cache::get(const table_spec& spec, std::uint64_t hash) {
  std::lock_guard lock(mutex_);
  std::erase_if(entries_, [](const entry& e) { return e.table.expired(); });
  for (const auto& e : entries_)
    if (e.hash == hash && e.spec == spec)
      if (auto table = e.table.lock()) return table;
  auto content = content_(hash);
  if (!content) return tl::unexpected(content.error());
  auto table = lookup_table::parse(*content, spec);
  if (table) entries_.push_back({spec, hash, *table});
  return table;
}

void lookup_tables::declare(const table_spec& spec) {
  if (find(spec) != nullptr) return;
  slots_.push_back(std::make_unique<slot>());
  slots_.back()->spec = spec;
}

const lookup_tables::slot* lookup_tables::find(const table_spec& spec) const noexcept {
  const auto at = std::find_if(slots_.begin(), slots_.end(), [&](const auto& s) { return s->spec == spec; });
  return at == slots_.end() ? nullptr : at->get();
}

void lookup_tables::set(const table_spec& spec, std::shared_ptr<const lookup_table> table) {
  declare(spec);
  for (auto& s : slots_)
    if (s->spec == spec) s->table = table;
}

outcome<void> lookup_tables::put_in_force(std::string_view path, std::uint64_t hash) {
  if (const auto at = in_force_.find(path); at != in_force_.end() && at->second == hash) return {};
  if (!from_) return {};
  std::vector<std::pair<slot*, std::shared_ptr<const lookup_table>>> made;
  for (const auto& s : slots_) {
    if (s->spec.path != path) continue;
    auto table = from_->get(s->spec, hash);
    if (!table && table.error().code != ec::invalid) return tl::unexpected(table.error());
    made.emplace_back(s.get(), table ? std::move(*table) : nullptr);
  }
  if (made.empty()) return {}; // no step of ours looks it up
  for (auto& [s, table] : made) s->table = std::move(table);
  in_force_.insert_or_assign(std::string(path), hash);
  return {};
}

} // namespace sluice
