#include "app/training_rows.hpp"

#include <unordered_map>

#include "actors/learn/training.hpp"
#include "actors/store/journal.hpp"
#include "app/local_engine.hpp"
#include "app/tables.hpp"

namespace sluice {

namespace {

// The last revision of each record of one pipeline, in the order of the first.
outcome<std::vector<std::string>> records_of(const configuration& c, const std::string& pipeline) {
  const auto& folder = c.service.data_dir;
  auto log = journal::open_read_only(folder);
  if (!log) return tl::unexpected(log.error());
  if ((*log)->first() > 1)
    return fail(ec::invalid,
                "the journal in " + folder + " does not begin at record 1 (got " +
                    std::to_string((*log)->first()) +
                    ", want 1): older segments were removed; keep them with service.journal.retain");
  const auto plan = make_plans(c);
  auto engine = local_engine::make(plan, **log, kept_tables(folder));
  if (!engine) return tl::unexpected(engine.error());
  std::vector<std::string> records;
  std::unordered_map<std::string, std::size_t> places; // by identity
  local_engine::output made;
  for (;;) {
    const auto more = (*engine)->step(made);
    if (!more) return tl::unexpected(more.error());
    for (auto& r : made.results) {
      if (plan.pipeline_names[r.order.pipeline] != pipeline) continue;
      const auto [place, first] = places.try_emplace(r.identity, records.size());
      if (first)
        records.push_back(std::move(r.json));
      else
        records[place->second] = std::move(r.json);
    }
    if (!*more) return records;
  }
}

} // namespace

outcome<training_table> read_pipeline(const configuration& c, const model_options& m) {
  const auto records = records_of(c, m.data.pipeline);
  if (!records) return tl::unexpected(records.error());
  training_table table(columns_of(m));
  for (const auto& text : *records) {
    const auto record = nlohmann::ordered_json::parse(text, nullptr, false);
    if (!record.contains("values")) continue; // a transition of an alarm is no result
    if (auto done = table.add(record); !done) return tl::unexpected(done.error());
    const auto* time = record.contains("time") ? "time" : "end";
    table.add_time(record.value(time, std::int64_t(0)));
  }
  return table;
}

} // namespace sluice
