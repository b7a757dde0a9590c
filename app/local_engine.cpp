#include "app/local_engine.hpp"

#include <algorithm>

namespace sluice {

local_engine::local_engine(const plans& p, journal& log) : reader_(p.sources), from_(log.read(1)) {}

outcome<std::unique_ptr<local_engine>>
local_engine::make(const plans& p, journal& log, std::shared_ptr<table_cache> tables, shard_models models) {
  std::unique_ptr<local_engine> made(new local_engine(p, log));
  if (auto ready = made->reader_.load(log, nullptr); !ready) return tl::unexpected(ready.error());
  auto all = shard::make(0, 1, p.pipelines, nullptr, std::move(tables), std::move(models));
  if (!all) return tl::unexpected(all.error());
  made->shard_ = std::move(*all);
  if (auto ready = made->shard_->load(); !ready) return tl::unexpected(ready.error());
  return made;
}

outcome<bool> local_engine::step(output& into) {
  auto r = reader_.read(*from_, 1024);
  if (!r) return tl::unexpected(r.error());
  into = {};
  if (r->position == 0) return false;
  for (auto& batch : r->batches) {
    for (std::uint16_t key = 0; key <= batch->key_count; ++key) {
      route(*batch, 1, lists_, key);
      shard_->apply(*batch, lists_[0], key);
    }
    reader_.recycle(std::move(batch));
  }
  if (r->after) shard_->apply(*r->after);
  auto read = reader_.take_part();
  auto applied = shard_->take_part(r->position);
  if (strict_ && !applied.unavailable.empty())
    return fail(ec::bug, "pipeline " + applied.unavailable.front().pipeline +
                             ": no prediction, and the journal says nothing of it: " +
                             applied.unavailable.front().reason);
  shard_->committed(r->position);
  into.results = std::move(applied.results);
  std::sort(into.results.begin(), into.results.end(),
            [](const result_record& a, const result_record& b) { return a.order < b.order; });
  into.dead_letters = std::move(read.dead_letters);
  std::move(applied.dead_letters.begin(), applied.dead_letters.end(), std::back_inserter(into.dead_letters));
  into.pipelines = std::move(applied.pipelines);
  into.pipelines.resize(std::max(into.pipelines.size(), read.pipeline_in.size()));
  for (std::size_t i = 0; i < read.pipeline_in.size(); ++i) into.pipelines[i].in += read.pipeline_in[i];
  for (std::size_t i = 0; i < read.pipeline_dead_lettered.size(); ++i)
    into.pipelines[i].dead_lettered += read.pipeline_dead_lettered[i];
  for (std::size_t i = 0; i < read.pipeline_duplicate.size(); ++i)
    into.pipelines[i].duplicate += read.pipeline_duplicate[i];
  into.sources = std::move(read.sources);
  return true;
}

} // namespace sluice
