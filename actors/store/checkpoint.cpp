// commit(): an aligned checkpoint becomes ONE write (semantics.md section 5).
#include <algorithm>

#include "actors/store/bytes.hpp"
#include "actors/store/counter_rows.hpp"
#include "actors/store/dead_letter_store.hpp"
#include "actors/store/store_impl.hpp"
#include "messages/faults.hpp"

namespace sluice {

namespace {

void put_state(rocks::batch& batch, const std::vector<state_write>& writes) {
  for (const auto& w : writes) {
    if (w.value)
      batch.put(of(w.family), w.key, *w.value);
    else
      batch.erase(of(w.family), w.key);
  }
}

// Every part belongs to the same position, and every index to a pipeline of the configuration.
outcome<void> check(const checkpoint& c, std::size_t pipelines) {
  const auto bad = [](const std::string& what) { return fail(ec::bug, "checkpoint: " + what); };
  if (std::max({c.reader.pipeline_in.size(), c.reader.pipeline_dead_lettered.size(),
                c.reader.pipeline_duplicate.size(), c.reader.pipeline_replayed.size()}) > pipelines)
    return bad("counts for more pipelines than there are");
  for (const auto& part : c.shards) {
    if (part.position != c.reader.position)
      return bad("shard " + std::to_string(part.shard) + " is at " + std::to_string(part.position) +
                 " (want " + std::to_string(c.reader.position) + ")");
    if (part.pipelines.size() > pipelines) return bad("counts for more pipelines than there are");
    for (const auto& r : part.results)
      if (r.order.pipeline >= pipelines)
        return bad("a result of pipeline " + std::to_string(r.order.pipeline) + " (want below " +
                   std::to_string(pipelines) + ")");
  }
  return {};
}

} // namespace

void store::impl::put_dead_letters(rocks::batch& batch, std::vector<dead_letter>& letters,
                                   std::uint64_t& id) const {
  if (letters.empty()) return;
  for (auto& letter : letters) {
    letter.id = ++id;
    batch.put(family::dead_letters, big_endian(id), encode(letter));
  }
  batch.put(family::meta, "dead_id", big_endian(id));
}

outcome<void> store::commit(checkpoint c) {
  auto& s = *impl_;
  std::lock_guard lock(s.write_mutex);
  if (auto may = s.writable(); !may) return may;
  if (c.engine < s.engine)
    return fail(ec::bug, "checkpoint: engine " + std::to_string(c.engine) + " (want at least " +
                             std::to_string(s.engine) + ")");
  if (c.reader.position < s.applied)
    return fail(ec::bug, "checkpoint: position " + std::to_string(c.reader.position) + " (want at least " +
                             std::to_string(s.applied.load()) + ")");
  if (auto good = check(c, s.pipelines.size()); !good) return good;
  s.engine = c.engine;

  rocks::batch batch(*s.db);
  put_state(batch, c.reader.state);
  std::vector<const result_record*> results;
  std::vector<dead_letter> letters = std::move(c.reader.dead_letters);
  auto sources = s.source_sums;
  auto pipelines = s.pipeline_sums;
  for (const auto& [name, difference] : c.reader.sources) sources[name] += difference;
  for (std::size_t i = 0; i < c.reader.pipeline_in.size(); ++i)
    pipelines[s.pipelines[i]].in += c.reader.pipeline_in[i];
  for (std::size_t i = 0; i < c.reader.pipeline_dead_lettered.size(); ++i)
    pipelines[s.pipelines[i]].dead_lettered += c.reader.pipeline_dead_lettered[i];
  for (std::size_t i = 0; i < c.reader.pipeline_duplicate.size(); ++i)
    pipelines[s.pipelines[i]].duplicate += c.reader.pipeline_duplicate[i];
  for (std::size_t i = 0; i < c.reader.pipeline_replayed.size(); ++i)
    pipelines[s.pipelines[i]].replayed += c.reader.pipeline_replayed[i];
  for (auto& part : c.shards) {
    put_state(batch, part.state);
    for (const auto& r : part.results) results.push_back(&r);
    std::move(part.dead_letters.begin(), part.dead_letters.end(), std::back_inserter(letters));
    for (std::size_t i = 0; i < part.pipelines.size(); ++i) pipelines[s.pipelines[i]] += part.pipelines[i];
  }
  std::stable_sort(results.begin(), results.end(),
                   [](const auto* a, const auto* b) { return a->order < b->order; });
  std::stable_sort(letters.begin(), letters.end(), [](const dead_letter& a, const dead_letter& b) {
    return std::tie(a.sequence, a.index, a.pipeline) < std::tie(b.sequence, b.index, b.pipeline);
  });

  store_head head{c.reader.position, std::max(c.reader.keep_from, s.keep_from), s.outbox_head,
                  c.reader.journal_ms};
  std::map<std::pair<std::uint16_t, std::string>, std::uint64_t> per_route;
  for (const auto* r : results) {
    batch.put(family::outbox, big_endian(++head.outbox), encode_outbox(s.pipelines[r->order.pipeline], *r));
    ++per_route[{r->order.pipeline, r->not_to}];
  }
  std::map<std::string, sink_counters, std::less<>> sinks;
  for (const auto& [name, sink] : s.sinks) {
    std::uint64_t mine = 0;
    for (const auto& [route, count] : per_route)
      if (outbox_route{s.pipelines[route.first], route.second}.leads_to(name, sink.pipelines)) mine += count;
    if (mine == 0) continue;
    (sinks[name] = sink.counters).results += mine;
    batch.put(family::counters, "sink/" + name, encode(sinks[name]));
  }
  for (const auto& [name, sum] : sources) batch.put(family::counters, "source/" + name, encode(sum));
  for (const auto& [name, sum] : pipelines) batch.put(family::counters, "pipeline/" + name, encode(sum));
  auto dead_id = s.dead_id;
  s.put_dead_letters(batch, letters, dead_id);
  for (const auto id : c.reader.replayed) batch.erase(family::dead_letters, big_endian(id));
  batch.put(family::meta, "head", encode(head));

  const bool synced = s.options.keep.level == config::durability::kind::power &&
                      (!results.empty() || !letters.empty() || !c.reader.replayed.empty());
  faults::at(faults::crash_point::before_commit);
  if (auto done = s.write(batch, synced); !done) return done;
  faults::at(faults::crash_point::after_commit);
  if (!c.reader.replayed.empty()) ++s.dead_generation;
  s.source_sums = std::move(sources), s.pipeline_sums = std::move(pipelines);
  for (const auto& [name, sum] : sinks) s.sinks.find(name)->second.counters = sum;
  s.dead_id = dead_id, s.keep_from = head.keep_from, s.journal_ms = head.journal_ms;
  s.kept = head.keep_from;
  s.applied = head.applied;
  if (synced) s.durable = head.applied;
  s.outbox_head = head.outbox; // last: whoever sees it may read the records
  return {};
}

} // namespace sluice
