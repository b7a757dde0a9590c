// What sinks do with the store: read the outbox, move their cursors; and the removal of what all of them are
// done with.
#include <algorithm>

#include "actors/store/bytes.hpp"
#include "actors/store/counter_rows.hpp"
#include "actors/store/store_impl.hpp"
#include "messages/faults.hpp"

namespace sluice {

namespace {

constexpr std::uint64_t compact_after = 32768; // records: rewriting files for fewer is not worth it

}

std::vector<outbox_record> store::read_outbox(std::string_view sink, std::uint64_t after, std::size_t most,
                                              std::size_t most_bytes) const {
  auto& s = *impl_;
  std::vector<outbox_record> out;
  std::vector<std::string> route;
  {
    std::lock_guard lock(s.write_mutex);
    const auto it = s.sinks.find(sink);
    if (it == s.sinks.end()) return out;
    route = it->second.pipelines;
  }
  const std::uint64_t head = s.outbox_head;
  std::size_t bytes = 0;
  auto next = after + 1;
  while (next <= head && out.size() < most) {
    if (s.counts->known_empty(next, sink, route)) {
      next = (outbox_counts::block_of(next) + 1) * outbox_counts::block_size;
      continue;
    }
    const auto from = outbox_counts::block_of(next);
    bool jump = false;
    const auto done =
        s.db->scan(family::outbox, big_endian(next), big_endian(head + 1),
                   [&](std::string_view key, std::string_view value) {
                     const auto sequence = from_big_endian(key);
                     next = sequence;
                     jump = outbox_counts::block_of(sequence) != from &&
                            sequence % outbox_counts::block_size == 0 &&
                            s.counts->known_empty(sequence, sink, route);
                     if (jump) return false;
                     if (!route_of(value).leads_to(sink, route)) return true;
                     auto record = decode_outbox(sequence, value);
                     if (!record) {
                       s.note({ec::corrupt, "outbox record " + std::to_string(sequence) + " cannot be read"});
                       return false;
                     }
                     const auto size = record->json.size() + record->identity.size();
                     if (!out.empty() && bytes + size > most_bytes) return false;
                     bytes += size;
                     out.push_back(std::move(*record));
                     return out.size() < most;
                   });
    if (!done) s.note(done.error());
    if (!jump) break;
  }
  return out;
}

sink_cursor store::cursor(std::string_view sink) const {
  std::lock_guard lock(impl_->write_mutex);
  const auto it = impl_->sinks.find(sink);
  return it == impl_->sinks.end() ? sink_cursor{} : it->second.cursor;
}

outcome<void> store::move_cursor(std::string_view sink, const sink_cursor& to, std::uint64_t delivered,
                                 std::uint64_t value_range, std::vector<dead_letter> dead, bool synced) {
  auto& s = *impl_;
  std::lock_guard lock(s.write_mutex);
  if (auto may = s.writable(); !may) return may;
  const auto it = s.sinks.find(sink);
  const auto bad = [&](const std::string& what) {
    return fail(ec::bug, "cursor of sink " + std::string(sink) + ": " + what);
  };
  if (it == s.sinks.end()) return bad("no such sink");
  auto& own = it->second;
  if (to.acked < own.cursor.acked)
    return bad("goes back to " + std::to_string(to.acked) + " (want at least " +
               std::to_string(own.cursor.acked) + ")");
  if (std::max(to.acked, to.above.empty() ? 0 : to.above.back()) > s.outbox_head)
    return bad("is beyond the outbox's head");
  if (!std::is_sorted(to.above.begin(), to.above.end(), std::less_equal<>{}) ||
      (!to.above.empty() && to.above.front() <= to.acked))
    return bad("acknowledged sequences above it are not ascending");
  auto counters = own.counters;
  counters.delivered += delivered;
  counters.dead_lettered += dead.size();
  counters.value_range += value_range;
  rocks::batch batch(*s.db);
  batch.put(family::meta, "cursor/" + it->first, encode_cursor(to));
  batch.put(family::counters, "sink/" + it->first, encode(counters));
  auto dead_id = s.dead_id;
  s.put_dead_letters(batch, dead, dead_id);
  faults::at(faults::crash_point::before_cursor_move);
  if (auto done = s.write(batch, synced); !done) return done;
  faults::at(faults::crash_point::after_cursor_move);
  own.cursor = to, own.counters = counters, s.dead_id = dead_id;
  return {};
}

outcome<void> store::trim_outbox() {
  auto& s = *impl_;
  if (s.durable < s.applied)
    if (auto synced = sync(); !synced) return synced;
  std::uint64_t from, done_to;
  bool thorough;
  {
    std::lock_guard lock(s.write_mutex);
    if (auto may = s.writable(); !may) return may;
    from = s.trimmed + 1, done_to = s.outbox_head;
    for (const auto& [name, sink] : s.sinks) {
      if (sink.cursor.acked >= done_to) continue;
      // Records of other pipelines count as done: a sink that nothing waits for holds nothing back.
      const auto waiting = s.counts->pending(name, sink.pipelines, sink.cursor, s.outbox_head, nullptr);
      if (!waiting) return tl::unexpected(waiting.error());
      if (*waiting != 0) done_to = std::min(done_to, sink.cursor.acked);
    }
    if (done_to < from) return {};
    rocks::batch batch(*s.db);
    batch.erase_range(family::outbox, big_endian(from), big_endian(done_to + 1));
    // Synced, with the cursors written before: files are removed below, and must not be missed by an older
    // cursor.
    if (auto written = s.write(batch, true); !written) return written;
    s.since_compaction += done_to - s.trimmed;
    s.trimmed = done_to;
    thorough = s.since_compaction >= compact_after;
    if (thorough) s.since_compaction = 0;
  }
  s.counts->forget_below(done_to + 1);
  return s.db->reclaim(family::outbox, big_endian(0), big_endian(done_to + 1), thorough);
}

std::vector<std::pair<std::string, std::uint64_t>> store::removed_sinks_pending() const {
  auto& s = *impl_;
  std::vector<std::pair<std::string, std::uint64_t>> out;
  std::lock_guard lock(s.write_mutex);
  for (const auto& [name, sink] : s.sinks)
    if (!sink.configured)
      out.emplace_back(name,
                       s.read(s.counts->pending(name, sink.pipelines, sink.cursor, s.outbox_head, nullptr)));
  return out;
}

outcome<void> store::drop_sink(std::string_view name) {
  auto& s = *impl_;
  std::lock_guard lock(s.write_mutex);
  if (auto may = s.writable(); !may) return may;
  const auto it = s.sinks.find(name);
  if (it == s.sinks.end() || it->second.configured)
    return fail(ec::invalid, "no removed sink is called " + std::string(name));
  rocks::batch batch(*s.db);
  batch.erase(family::meta, "cursor/" + it->first);
  batch.erase(family::meta, "route/" + it->first);
  batch.erase(family::counters, "sink/" + it->first);
  if (auto done = s.write(batch, true); !done) return done;
  s.sinks.erase(it);
  return {};
}

} // namespace sluice
