#include "app/training_rows.hpp"

#include <unordered_map>

#include "actors/learn/training.hpp"
#include "app/whole_journal.hpp"

namespace sluice {

namespace {

// The last revision of each record of one pipeline, in the order of the first.
outcome<std::vector<std::string>> records_of(const configuration& c, const std::string& pipeline) {
  const auto& folder = c.service.data_dir;
  auto log = open_whole_journal(folder);
  if (!log) return tl::unexpected(log.error());
  const auto plan = make_plans(c);
  std::vector<std::string> records;
  std::unordered_map<std::string, std::size_t> places; // by identity
  const auto keep = [&](result_record& r) {
    if (plan.pipeline_names[r.order.pipeline] != pipeline) return;
    const auto [place, first] = places.try_emplace(r.identity, records.size());
    if (first)
      records.push_back(std::move(r.json));
    else
      records[place->second] = std::move(r.json);
  };
  if (auto done = run_whole_journal(**log, plan, folder, {}, keep); !done)
    return tl::unexpected(done.error());
  return records;
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
