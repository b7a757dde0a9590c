// Appending and syncing. Opening is in journal_open.cpp, segments begin and go in journal_segments.cpp,
// reading is in journal_cursor.cpp, counting in journal_tally.cpp.
#include "actors/store/journal.hpp"

#include <algorithm>

#include "actors/store/journal_impl.hpp"
#include "messages/faults.hpp"

namespace sluice {

using durable = config::durability::kind;

namespace {

constexpr std::size_t no_source = ~std::size_t{0};
constexpr std::size_t most_text = 65535; // MQTT's longest string; also keeps lengths far from overflow

} // namespace

template <class Fill>
outcome<std::uint64_t> journal::impl::put(batch_header batch, std::size_t body, Fill&& fill,
                                          const control* behind) {
  const auto own = batch_bytes(batch.source, body);
  const auto size = own + (behind ? batch_bytes("", control_bytes(*behind)) : 0);
  if (read_only) return fail(ec::invalid, dir + ": opened read-only, nothing can be appended");
  if (batch.source.size() > 255)
    return fail(ec::invalid,
                "source name: " + std::to_string(batch.source.size()) + " bytes (want at most 255)");
  if (size > most_batch_bytes)
    return fail(ec::invalid, "append of " + std::to_string(size) + " bytes (want at most " +
                                 std::to_string(most_batch_bytes) + ")");
  std::shared_ptr<std::function<void()>> call;
  std::uint64_t last;
  {
    std::lock_guard lock(append_mutex);
    if (has_failed) {
      std::lock_guard look(tail_mutex);
      return tl::unexpected(*failed);
    }
    const auto now = clock->now_ms();
    if (must_cut)
      if (auto cut = cut_back(); !cut) return tl::unexpected(cut.error());
    if (auto room = make_room(size, now); !room) return tl::unexpected(room.error());
    std::size_t source = no_source;
    if (batch.kind == batch_kind::message) {
      source = source_index(batch.source);
      batch.source_number = sources[source].second + 1;
    }
    batch.first = head + 1;
    batch.time_ms = now;
    batch.length = static_cast<std::uint32_t>(own);
    char* const at = open_chunk->data.get() + open_chunk->used.load(std::memory_order_relaxed);
    fill(begin_batch(batch, salt, at));
    seal_batch(at, salt);
    batch_header next;
    if (behind) {
      next.kind = batch_kind::control;
      next.count = 1;
      next.first = batch.last() + 1;
      next.time_ms = now;
      next.length = static_cast<std::uint32_t>(size - own);
      encode(*behind, begin_batch(next, salt, at + own));
      seal_batch(at + own, salt);
    }
    if (auto written = out->write_at(at, size, out_bytes); !written) {
      must_cut = true;
      cut_back(); // else before the next append
      return tl::unexpected(written.error());
    }
    faults::at(faults::crash_point::after_append_write);
    if (options.keep.level == durable::power) {
      faults::at(faults::crash_point::before_append_sync);
      if (auto synced = out->sync_data(); !synced) return tl::unexpected(fail_for_good(synced.error()));
    }
    if (options.keep.level == durable::bounded && now - last_sync_ms >= options.keep.bound.count()) {
      // The timer's sync is late (a long commit): the bound holds all the same.
      if (auto synced = out->sync_data(); !synced) return tl::unexpected(fail_for_good(synced.error()));
      last_sync_ms = now;
    }
    publish(batch, source);
    if (behind) publish(next, no_source);
    last = head;
    if (options.keep.level == durable::power)
      if (auto noted = write_acked(last, now, false); !noted) return tl::unexpected(noted.error());
    if (armed && armed.exchange(false)) call = wake;
  }
  faults::at(faults::crash_point::after_append);
  if (call && *call) (*call)();
  return last;
}

void journal::impl::publish(const batch_header& batch, std::size_t source) {
  head = batch.last(), out_follows = head, out_bytes += batch.length;
  bytes.fetch_add(batch.length, std::memory_order_relaxed);
  std::lock_guard lock(tail_mutex);
  if (source != no_source) sources[source].second += batch.count;
  segments.back().bytes = out_bytes;
  open_chunk->last.store(head, std::memory_order_relaxed);
  open_chunk->used.store(open_chunk->used.load(std::memory_order_relaxed) + batch.length,
                         std::memory_order_release);
  visible.store(head); // sequentially consistent with `armed`: no wake-up is missed
}

std::size_t journal::impl::source_index(std::string_view name) {
  if (source_hint < sources.size() && sources[source_hint].first == name) return source_hint;
  for (source_hint = 0; source_hint < sources.size(); ++source_hint)
    if (sources[source_hint].first == name) return source_hint;
  std::lock_guard lock(tail_mutex);
  sources.emplace_back(name, 0);
  return source_hint;
}

outcome<void> journal::impl::cut_back() {
  auto done = out->cut(out_bytes);
  if (done) must_cut = false;
  return done;
}

error journal::impl::fail_for_good(error why) {
  std::lock_guard lock(tail_mutex);
  if (!failed) failed = std::move(why);
  has_failed = true;
  return *failed;
}

outcome<void> journal::impl::write_acked(std::uint64_t sequence, std::int64_t now_ms, bool at_once) {
  std::lock_guard lock(acked_mutex);
  if (!at_once && now_ms - acked_ms < acked_every_ms) return {};
  acked_ms = now_ms;
  auto done = acked.write(sequence);
  if (!done) return tl::unexpected(fail_for_good(done.error()));
  return {};
}

journal::journal(std::unique_ptr<impl> state) : impl_(std::move(state)) {}

journal::~journal() {
  if (impl_->read_only || impl_->has_failed || !impl_->out) return;
  if (impl_->out->sync_data()) impl_->write_acked(impl_->visible, 0, true);
}

const std::vector<std::string>& journal::notices() const noexcept {
  return impl_->notices;
}

outcome<std::uint64_t> journal::append(std::string_view source, std::span<const message_in> messages,
                                       const control* behind) {
  if (messages.empty()) return behind ? append(*behind) : visible();
  std::size_t body = 0;
  for (const auto& m : messages) {
    if (m.topic.size() > most_text)
      return fail(ec::invalid, "topic of " + std::to_string(m.topic.size()) + " bytes (want at most 65535)");
    if (m.payload.size() > most_batch_bytes)
      return fail(ec::invalid,
                  "payload of " + std::to_string(m.payload.size()) + " bytes (want at most 1 GiB)");
    body += message_bytes(m);
  }
  batch_header batch;
  batch.source = source;
  batch.count = static_cast<std::uint32_t>(messages.size());
  return impl_->put(
      batch, body,
      [messages](char* at) {
        for (const auto& m : messages) at = encode(m, at);
      },
      behind);
}

outcome<std::uint64_t> journal::append(const control& record) {
  batch_header batch;
  batch.kind = batch_kind::control;
  batch.count = 1;
  return impl_->put(batch, control_bytes(record), [&](char* at) { encode(record, at); });
}

outcome<void> journal::sync() {
  std::shared_ptr<const file> out;
  std::uint64_t head;
  std::int64_t now;
  {
    std::lock_guard lock(impl_->append_mutex);
    if (impl_->read_only) return {};
    if (impl_->has_failed) {
      std::lock_guard look(impl_->tail_mutex);
      return tl::unexpected(*impl_->failed);
    }
    out = impl_->out, head = impl_->visible, now = impl_->clock->now_ms();
    impl_->last_sync_ms = now;
  }
  if (auto synced = out->sync_data(); !synced) return tl::unexpected(impl_->fail_for_good(synced.error()));
  return impl_->write_acked(head, now, false);
}

std::uint64_t journal::visible() const noexcept {
  return impl_->visible;
}

std::uint64_t journal::first() const noexcept {
  std::lock_guard lock(impl_->tail_mutex);
  if (impl_->segments.empty()) return 0;
  const auto first = impl_->segments.front().first();
  return first <= impl_->visible ? first : 0;
}

std::uint64_t journal::bytes() const noexcept {
  return impl_->bytes.load(std::memory_order_relaxed);
}

void journal::set_wakeup(std::function<void()> wake) {
  std::lock_guard lock(impl_->append_mutex);
  impl_->wake = std::make_shared<std::function<void()>>(std::move(wake));
}

void journal::rearm_wakeup() noexcept {
  impl_->armed = true;
}

std::vector<std::pair<std::string, std::uint64_t>> journal::received() const {
  std::lock_guard lock(impl_->tail_mutex);
  return impl_->sources;
}

void journal::raise_received(std::string_view source, std::uint64_t number) {
  std::lock_guard lock(impl_->append_mutex);
  const auto i = impl_->source_index(source);
  std::lock_guard look(impl_->tail_mutex);
  impl_->sources[i].second = std::max(impl_->sources[i].second, number);
}

} // namespace sluice
