#include "actors/window/shard_predictions.hpp"

#include <algorithm>
#include <iterator>

#include "actors/window/table_row.hpp"

namespace sluice {

void shard_predictions::add(const pipeline_plan& plan) {
  if (!plan.predict || plan.index >= from_.by.size() || !from_.by[plan.index]) return;
  all_.push_back(std::make_unique<of_pipeline>(
      of_pipeline{plan.name, plan.index, predictions(plan, shard_, shards_, from_.by[plan.index]), false}));
}

shard_predictions::of_pipeline* shard_predictions::find(std::string_view pipeline) noexcept {
  for (const auto& p : all_)
    if (p->name == pipeline) return p.get();
  return nullptr;
}

outcome<void> shard_predictions::load(const state_source* state) {
  for (const auto& p : all_)
    if (from_.notes) p->step.expect(from_.notes->of(p->name));
  if (state == nullptr) return {};
  for (const auto& p : all_) {
    const auto id = stored_model(*state, p->name);
    if (!id) return tl::unexpected(id.error());
    if (!*id) continue;
    if (auto done = p->step.put_in_force(**id); !done) return done;
  }
  return {};
}

outcome<void> shard_predictions::put_in_force(const control& record) {
  auto* p = find(record.name);
  if (p == nullptr || p->step.in_force() == record.value) return {};
  if (auto done = p->step.put_in_force(record.value); !done) return done;
  p->changed = true;
  return {};
}

void shard_predictions::predict(std::span<result_record> results) {
  const auto fresh = results.subspan(std::exchange(seen_, results.size()));
  if (fresh.empty()) return;
  for (const auto& p : all_) p->step.predict(fresh);
}

void shard_predictions::take(shard_part& part, bool state) {
  seen_ = 0;
  for (const auto& p : all_) {
    if (std::exchange(p->changed, false) && state)
      part.state.push_back(
          {state_family::source, model_key(p->name), encode_table_hash(*p->step.in_force())});
    part.pipelines[p->index] += p->step.take_counters();
    auto notes = p->step.take_notes();
    std::move(notes.begin(), notes.end(), std::back_inserter(part.unavailable));
  }
}

} // namespace sluice
