#include "actors/transform/table_watch.hpp"

#include <utility>

#include <xxhash.h>

namespace sluice {

outcome<table_watch::tables> table_watch::parse(const std::vector<table_spec>& specs,
                                                std::string_view content) {
  tables out;
  for (const auto& spec : specs) {
    auto table = lookup_table::parse(content, spec);
    if (!table) return tl::unexpected(table.error());
    out.push_back(std::move(*table));
  }
  return out;
}

outcome<table_watch> table_watch::make(std::vector<table_spec> specs, std::string_view in_force) {
  auto made = parse(specs, in_force);
  if (!made) return tl::unexpected(made.error());
  table_watch out;
  out.specs_ = std::move(specs);
  out.tables_ = std::move(*made);
  out.hash_ = XXH3_64bits(in_force.data(), in_force.size());
  return out;
}

bool table_watch::should_read(const std::optional<file_look>& now) {
  return file_.should_read(now, path() + " is not there");
}

bool table_watch::is_news(std::string_view content) {
  file_.good();
  const auto hash = XXH3_64bits(content.data(), content.size());
  if (hash == hash_) return false;
  auto made = parse(specs_, content);
  if (!made) {
    file_.refused(made.error().text);
    return false;
  }
  for (std::size_t i = 0; i < tables_.size(); ++i)
    if (const auto changed = changed_types(*tables_[i], *(*made)[i]); !changed.empty()) {
      file_.refused(path() + ": " + changed + "; a restart takes it");
      return false;
    }
  news_ = std::move(*made), news_hash_ = hash;
  return true;
}

} // namespace sluice
