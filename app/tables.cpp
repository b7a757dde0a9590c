#include "app/tables.hpp"

#include <algorithm>
#include <optional>

#include "actors/transform/lookup_step.hpp"
#include "actors/window/table_row.hpp"

namespace sluice {

namespace {

// The state says from its position on which content is in force; without a row nothing would be found in what
// the journal still holds.
outcome<void> write_row(store& state, const std::string& path, std::uint64_t hash) {
  checkpoint c;
  c.reader.position = state.applied();
  c.reader.keep_from = state.keep_from();
  c.reader.state.push_back({state_family::source, table_key(path), encode_table_hash(hash)});
  return state.commit(std::move(c));
}

// Keeps a content and says in the journal that it is in force.
outcome<std::uint64_t> put_in_force(const std::string& path, const std::string& content,
                                    const table_files& kept, journal& log) {
  const auto hash = kept.keep(content);
  if (!hash) return hash;
  control record;
  record.kind = control_kind::table;
  record.name = path;
  record.value = *hash;
  if (auto done = log.append(record); !done) return tl::unexpected(done.error());
  return hash;
}

outcome<table_watch> open_table(const std::string& path, const std::vector<table_spec>& specs,
                                const table_files& kept, store& state, journal& log) {
  auto content = read_up_to(path, lookup_table::most_bytes);
  auto now =
      content ? table_watch::make(specs, *content) : outcome<table_watch>(tl::unexpected(content.error()));
  const auto trouble = now ? std::string() : now.error().text;
  const auto row = state.get(state_family::source, table_key(path));
  const auto before = row ? decode_table_hash(*row) : std::nullopt;
  bool fits_before = false;
  if (before)
    if (const auto old = kept.read(*before)) {
      auto made = table_watch::make(specs, *old);
      fits_before = made.has_value();
      if (!now && fits_before) {
        now = std::move(made);
        content = *old;
      }
    }
  if (!now) return tl::unexpected(now.error());
  const auto hash = put_in_force(path, *content, kept, log);
  if (!hash) return tl::unexpected(hash.error());
  if (!fits_before)
    if (auto done = write_row(state, path, *hash); !done) return tl::unexpected(done.error());
  if (!trouble.empty()) now->failed(trouble);
  return now;
}

} // namespace

std::map<std::string, std::vector<table_spec>> table_specs(const std::vector<pipeline_plan>& pipelines) {
  std::map<std::string, std::vector<table_spec>> out;
  for (const auto& p : pipelines)
    for (const auto& step : p.steps)
      if (const auto* lookup = std::get_if<lookup_options>(&step)) {
        auto& specs = out[lookup->csv.path];
        auto spec = lookup->spec();
        if (std::find(specs.begin(), specs.end(), spec) == specs.end()) specs.push_back(std::move(spec));
      }
  return out;
}

std::shared_ptr<table_cache> kept_tables(const std::string& data_dir) {
  return std::make_shared<table_cache>(
      [kept = table_files(data_dir)](std::uint64_t hash) { return kept.read(hash); });
}

outcome<std::shared_ptr<watched_tables>> open_tables(const std::vector<pipeline_plan>& pipelines,
                                                     const table_files& kept, store& state, journal& log) {
  auto out = std::make_shared<watched_tables>();
  for (const auto& [path, specs] : table_specs(pipelines)) {
    auto made = open_table(path, specs, kept, state, log);
    if (!made) return tl::unexpected(made.error());
    out->files.push_back(std::move(*made));
  }
  return out;
}

outcome<void> put_tables(const std::vector<pipeline_plan>& pipelines, const table_files& kept, journal& log) {
  for (const auto& [path, specs] : table_specs(pipelines)) {
    const auto content = read_up_to(path, lookup_table::most_bytes);
    if (!content) return tl::unexpected(content.error());
    if (const auto good = table_watch::make(specs, *content); !good) return tl::unexpected(good.error());
    if (const auto done = put_in_force(path, *content, kept, log); !done) return tl::unexpected(done.error());
  }
  return {};
}

} // namespace sluice
