// Dead letters that leave the store: dropped, or sent to their sink again. (Read again = commit(), in
// checkpoint.cpp.)
#include <algorithm>

#include "actors/store/bytes.hpp"
#include "actors/store/counter_rows.hpp"
#include "actors/store/dead_letter_store.hpp"
#include "actors/store/store_impl.hpp"
#include "messages/faults.hpp"

namespace sluice {

void store::scan_dead_letters(std::uint64_t from_id,
                              const std::function<bool(const dead_letter&)>& each) const {
  const auto done = impl_->db->scan(
      family::dead_letters, big_endian(from_id), {}, [&](std::string_view key, std::string_view value) {
        const auto letter = decode_dead_letter(from_big_endian(key), value);
        if (letter) return each(*letter);
        impl_->note({ec::corrupt, "dead letter " + std::to_string(from_big_endian(key)) + " cannot be read"});
        return true;
      });
  if (!done) impl_->note(done.error());
}

bool store::has_dead_letter(std::uint64_t id) const {
  return impl_->read(impl_->db->get(family::dead_letters, big_endian(id))).has_value();
}

std::uint64_t store::last_dead_letter() const {
  std::lock_guard lock(impl_->write_mutex);
  return impl_->dead_id;
}

outcome<std::uint64_t> store::drop_dead_letters(const std::vector<std::uint64_t>& ids) {
  auto& s = *impl_;
  std::lock_guard lock(s.write_mutex);
  if (auto may = s.writable(); !may) return tl::unexpected(may.error());
  rocks::batch batch(*s.db);
  std::uint64_t dropped = 0;
  for (const auto id : ids) {
    if (!has_dead_letter(id)) continue;
    batch.erase(family::dead_letters, big_endian(id));
    ++dropped;
  }
  if (dropped == 0) return dropped;
  const auto before = s.read(s.db->get(family::meta, "dead_dropped"));
  batch.put(family::meta, "dead_dropped", big_endian((before ? from_big_endian(*before) : 0) + dropped));
  if (auto done = s.write(batch, true); !done) return tl::unexpected(done.error());
  ++s.dead_generation;
  return dropped;
}

outcome<bool> store::replay_to_sink(std::uint64_t id) {
  auto& s = *impl_;
  std::lock_guard lock(s.write_mutex);
  if (auto may = s.writable(); !may) return tl::unexpected(may.error());
  const auto row = s.read(s.db->get(family::dead_letters, big_endian(id)));
  if (!row) return false;
  const auto letter = decode_dead_letter(id, *row);
  if (!letter) return fail(ec::corrupt, "dead letter " + std::to_string(id) + " cannot be read");
  const auto sink = s.sinks.find(letter->source);
  if (sink == s.sinks.end() || !sink->second.configured)
    return fail(ec::refused, "there is no sink " + letter->source + " any more");
  result_record again;
  // A record as it was, so that its readers know it: identity, revision, pipeline; but for no other sink.
  again.identity = letter->identity.empty() ? "dead letter " + std::to_string(id) : letter->identity;
  again.revision = letter->revision;
  again.json = letter->payload;
  for (const auto& [name, other] : s.sinks)
    if (name != sink->first) again.not_to += (again.not_to.empty() ? "" : ",") + name;
  if (!outbox_route{letter->pipeline, again.not_to}.leads_to(sink->first, sink->second.pipelines))
    return fail(ec::refused,
                "sink " + sink->first + " takes nothing of pipeline " + letter->pipeline + " any more");
  rocks::batch batch(*s.db);
  const store_head head{s.applied, s.keep_from, s.outbox_head + 1, s.journal_ms};
  batch.put(family::outbox, big_endian(head.outbox), encode_outbox(letter->pipeline, again));
  batch.put(family::meta, "head", encode(head));
  auto counters = sink->second.counters;
  ++counters.results;
  batch.put(family::counters, "sink/" + sink->first, encode(counters));
  batch.erase(family::dead_letters, big_endian(id));
  faults::at(faults::crash_point::before_commit);
  if (auto done = s.write(batch, true); !done) return tl::unexpected(done.error());
  faults::at(faults::crash_point::after_commit);
  sink->second.counters = counters;
  ++s.dead_generation;
  s.outbox_head = head.outbox; // last: whoever sees it may read the record
  return true;
}

} // namespace sluice
