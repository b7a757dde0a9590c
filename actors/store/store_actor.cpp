#include "actors/store/store_actor.hpp"

#include <limits>

#include <sys/statvfs.h>

#include <caf/all.hpp>

#include "messages/actor_guard.hpp"
#include "messages/checkpoint.hpp"
#include "messages/exit_codes.hpp"
#include "messages/health.hpp"

namespace sluice {

namespace {

using self_ptr = store_actor::stateful_pointer<store_actor_state>;
using std::chrono::milliseconds;

constexpr std::string_view clock_warning = "clock: the wall clock and journal time disagree by more than 5 "
                                           "minutes; idle closing and the future check rest";
constexpr std::int64_t keep_every_ms = 1000; // housekeeping: trim, truncate, quota

void must(const outcome<void>& done) {
  if (!done) exit_now(exit_storage, done.error().text.c_str());
}

std::uint64_t free_bytes(const std::string& dir) {
  struct statvfs v {};
  if (::statvfs(dir.c_str(), &v) != 0) return ~std::uint64_t{0};
  return static_cast<std::uint64_t>(v.f_bavail) * v.f_frsize;
}

void wake(const store_actor_config& c, const std::vector<std::string>& whom) {
  for (const auto& name : whom)
    if (auto h = c.names->find(name)) caf::anon_send(h, wake_atom_v);
}

void watch_quota(store_actor_state& s) {
  const auto& c = s.config;
  const disk_use use{c.log->bytes() + c.state->bytes(), free_bytes(c.service.data_dir)};
  const auto before = c.quota->level();
  const auto level = next_level(before, use, c.service.journal.quota_bytes);
  if (level == before) return;
  c.quota->set(level);
  wake(c, c.sources);
}

// Removes what nobody needs any more. Journal segments go only when a synced checkpoint covers them.
void keep_house(store_actor_state& s) {
  const auto& c = s.config;
  must(c.state->trim_outbox());
  const auto applied = c.state->durable_applied();
  const auto needed = std::min(applied + 1, c.state->keep_from() == 0 ? applied + 1 : c.state->keep_from());
  // journal.retain is a wish, the quota a bound: from `degraded` on applied records go as soon as they may.
  const bool scarce = c.quota->level() != quota_level::ok;
  must(c.log->truncate(needed, scarce ? std::numeric_limits<std::int64_t>::max() : c.clock->now_ms()));
  watch_quota(s);
}

void sync_if_bounded(store_actor_state& s, std::int64_t now) {
  const auto& keep = s.config.service.keep;
  if (keep.level != config::durability::kind::bounded || now - s.last_sync_ms < keep.bound.count() / 2)
    return;
  s.last_sync_ms = now;
  must(s.config.log->sync());
  must(s.config.state->sync());
}

// How often the actor looks at its timers: often enough for the bound.
milliseconds beat_interval(const config::service_options& o) {
  if (o.keep.level != config::durability::kind::bounded) return milliseconds(250);
  return std::clamp(o.keep.bound / 4, milliseconds(1), milliseconds(250));
}

} // namespace

store_actor::behavior_type run_store(self_ptr self, store_actor_config config) {
  self->state.config = std::move(config);
  guard(self, ec::storage);
  watch_quota(self->state);
  self->send(self, beat_atom_v);
  return {
      [self](status_atom) -> status_ptr {
        auto& s = self->state;
        auto status = std::make_shared<component_status>();
        status->state = "running";
        status->with("applied", s.config.state->applied()).with("commits", s.commits);
        status->with("outbox_head", s.config.state->outbox_head());
        status->with("quota", to_string(s.config.quota->level()));
        if (s.config.quota->level() != quota_level::ok) status->level = health_level::degraded;
        return status;
      },
      [self](stop_atom) {
        auto& s = self->state;
        busy mark(s.config.slot);
        must(s.config.log->sync());
        must(s.config.state->sync());
        self->quit();
      },
      [](wake_atom) {},
      [self](beat_atom) {
        auto& s = self->state;
        busy mark(s.config.slot);
        self->delayed_send(self, beat_interval(s.config.service), beat_atom_v);
        const auto now = s.config.clock->now_ms();
        sync_if_bounded(s, now);
        if (now - s.last_keep_ms < keep_every_ms) return;
        s.last_keep_ms = now;
        keep_house(s);
      },
      [self](engine_atom) -> std::uint64_t { return ++self->state.engines; },
      [self](const checkpoint_ptr& whole) -> caf::result<std::uint64_t> {
        auto& s = self->state;
        busy mark(s.config.slot);
        if (whole->engine != s.engines)
          return caf::make_error(ec::bug, std::string("a newer engine is running"));
        const auto position = whole->reader.position;
        const auto head = s.config.state->outbox_head();
        must(s.config.state->commit(std::move(*whole)));
        ++s.commits;
        if (s.config.state->outbox_head() != head) wake(s.config, s.config.sinks);
        return position;
      },
      [self](ledger_atom) -> ledger_ptr {
        auto& s = self->state;
        busy mark(s.config.slot);
        auto books = std::make_shared<ledger_input>();
        books->snapshot = s.config.state->snapshot();
        auto tally = s.config.log->tally(books->snapshot.applied);
        if (!tally) exit_now(exit_storage, tally.error().text.c_str());
        books->tally = std::move(*tally);
        books->first = s.config.log->first();
        books->bytes = s.config.log->bytes() + s.config.state->bytes();
        books->now_ms = s.config.clock->now_ms();
        if (!s.config.clock->trusted()) books->health.emplace_back(clock_warning);
        return books;
      },
  };
}

} // namespace sluice
