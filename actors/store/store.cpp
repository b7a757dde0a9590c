// Reading state and ledger; opening is in store_open.cpp, commit in checkpoint.cpp, what sinks do in
// sink_progress.cpp.
#include "actors/store/store.hpp"

#include <utility>

#include "actors/store/bytes.hpp"
#include "actors/store/counter_rows.hpp"
#include "actors/store/store_impl.hpp"

namespace sluice {

store::store(std::unique_ptr<impl> state) : impl_(std::move(state)) {}
store::~store() = default;

void store::impl::note(const error& why) const {
  std::lock_guard lock(failure_mutex);
  if (!failed) failed = why;
  has_failed = true;
}

outcome<void> store::impl::writable() const {
  if (read_only) return fail(ec::invalid, "the store was opened read-only");
  if (!has_failed) return {};
  std::lock_guard lock(failure_mutex);
  return tl::unexpected(*failed);
}

outcome<void> store::impl::write(rocks::batch& batch, bool synced) {
  auto done = db->write(batch, synced);
  if (!done) note(done.error());
  return done;
}

std::uint64_t store::epoch() const noexcept {
  return impl_->epoch;
}
std::uint64_t store::applied() const noexcept {
  return impl_->applied;
}
std::uint64_t store::durable_applied() const noexcept {
  return impl_->durable;
}
std::uint64_t store::keep_from() const noexcept {
  return impl_->kept;
}
std::uint64_t store::outbox_head() const noexcept {
  return impl_->outbox_head;
}
std::uint64_t store::bytes() const {
  return impl_->db->bytes();
}

std::optional<error> store::failure() const {
  std::lock_guard lock(impl_->failure_mutex);
  return impl_->failed;
}

outcome<std::uint64_t> store::bump_epoch() {
  std::lock_guard lock(impl_->write_mutex);
  if (auto may = impl_->writable(); !may) return tl::unexpected(may.error());
  rocks::batch batch(*impl_->db);
  batch.put(family::meta, "epoch", big_endian(impl_->epoch + 1));
  if (auto done = impl_->write(batch, true); !done) return tl::unexpected(done.error());
  return ++impl_->epoch;
}

std::optional<std::string> store::meta(std::string_view key) const {
  return impl_->read(impl_->db->get(family::meta, "text/" + std::string(key)));
}

outcome<void> store::set_meta(std::string_view key, std::string_view value) {
  if (auto may = impl_->writable(); !may) return may;
  rocks::batch batch(*impl_->db);
  batch.put(family::meta, "text/" + std::string(key), value);
  return impl_->write(batch, true);
}

outcome<void> store::sync() {
  if (auto may = impl_->writable(); !may) return may;
  const std::uint64_t applied = impl_->applied;
  auto done = impl_->db->sync();
  if (!done) {
    impl_->note(done.error());
    return done;
  }
  auto known = impl_->durable.load();
  while (known < applied && !impl_->durable.compare_exchange_weak(known, applied)) {
  }
  return {};
}

std::optional<std::string> store::get(state_family f, std::string_view key) const {
  return impl_->read(impl_->db->get(of(f), key));
}

void store::scan(state_family f, std::string_view prefix,
                 const std::function<bool(std::string_view key, std::string_view value)>& each) const {
  if (auto done = impl_->db->scan(of(f), prefix, prefix_end(prefix), each); !done) impl_->note(done.error());
}

outcome<void> store::erase_prefix(state_family f, std::string_view prefix) {
  if (auto may = impl_->writable(); !may) return may;
  rocks::batch batch(*impl_->db);
  const auto end = prefix_end(prefix);
  if (end.empty()) return fail(ec::bug, "erase_prefix without an end (want a prefix that is not all 0xff)");
  batch.erase_range(of(f), prefix, end);
  return impl_->write(batch, true);
}

store_snapshot store::snapshot() const {
  auto& s = *impl_;
  store_snapshot out;
  std::shared_ptr<const rocks::snapshot> at;
  std::vector<sink_route> routes;
  std::uint64_t dead_generation = 0;
  {
    std::lock_guard lock(s.write_mutex); // the database and the routes at one moment
    at = s.db->now();
    dead_generation = s.dead_generation;
    out.epoch = s.epoch;
    for (const auto& [name, sink] : s.sinks) routes.push_back({name, sink.pipelines});
  }
  if (const auto row = s.read(s.db->get(family::meta, "head", at.get())))
    if (const auto head = decode_head(*row))
      out.applied = head->applied, out.keep_from = head->keep_from, out.outbox_head = head->outbox;
  const auto each_row = [&](std::string_view prefix, auto& into, auto counters) {
    const auto done = s.db->scan(
        family::counters, prefix, prefix_end(prefix),
        [&](std::string_view key, std::string_view value) {
          if (!decode(value, counters))
            s.note({ec::corrupt, "counters of " + std::string(key) + " cannot be read"});
          into.emplace_back(key.substr(prefix.size()), counters);
          return true;
        },
        at.get());
    if (!done) s.note(done.error());
  };
  each_row("source/", out.sources, source_counters{});
  each_row("pipeline/", out.pipelines, pipeline_counters{});
  each_row("sink/", out.sinks, sink_counters{});
  for (const auto& route : routes) {
    sink_cursor cursor;
    if (const auto row = s.read(s.db->get(family::meta, "cursor/" + route.name, at.get())))
      if (auto found = decode_cursor(*row)) cursor = std::move(*found);
    out.sink_pending.emplace_back(route.name, s.read(s.counts->pending(route.name, route.pipelines, cursor,
                                                                       out.outbox_head, at.get())));
  }
  if (const auto row = s.read(s.db->get(family::meta, "dead_dropped", at.get())))
    out.dead_letters_dropped = from_big_endian(*row);
  std::lock_guard lock(s.count_mutex);
  if (std::exchange(s.dead_counted_generation, dead_generation) != dead_generation)
    s.dead_counted_to = s.dead_count = 0;
  const auto counted = s.db->scan(
      family::dead_letters, big_endian(s.dead_counted_to + 1), {},
      [&](std::string_view key, std::string_view) {
        s.dead_counted_to = from_big_endian(key);
        return ++s.dead_count > 0;
      },
      at.get());
  if (!counted) s.note(counted.error());
  out.dead_letters = s.dead_count;
  return out;
}

} // namespace sluice
