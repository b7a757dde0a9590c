#include "actors/ingest/reader_actor.hpp"

#include <thread>

#include <caf/all.hpp>

#include "actors/ingest/prediction_marks.hpp"
#include "messages/actor_guard.hpp"
#include "messages/exit_codes.hpp"
#include "messages/faults.hpp"
#include "messages/health.hpp"

namespace sluice {

namespace {

using self_ptr = reader_actor::stateful_pointer<reader_actor_state>;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using phase = reader_actor_state::phase;

constexpr unsigned credit = 2;              // pieces of work out per shard
constexpr milliseconds quiet_interval{200}; // between checkpoints while nothing waits
constexpr std::int64_t tick_every_ms = 1000;
constexpr std::uint64_t most_uncommitted = 200'000; // messages read while a checkpoint is being written
constexpr std::size_t busy_messages = 64;           // read since the last pause: the sources are fast
constexpr std::chrono::microseconds pause{400};     // then new messages gather so long: fewer, larger batches
constexpr unsigned budget = 16; // pieces of work per message handled, then the mailbox is looked at

void pump(self_ptr self);

void end_with(self_ptr self, const error& e) {
  if (e.code == ec::storage || e.code == ec::corrupt) exit_now(exit_storage, e.text.c_str());
  self->quit(caf::make_error(e.code, e.text));
}

// True iff a pipeline of the source is keyed by the device, or none reads it at all.
bool takes_devices(const reader_source& source) {
  std::size_t keyed = 0;
  for (const auto& key : source.keys) keyed += key.pipelines.size();
  return source.pipelines.size() > keyed || keyed == 0;
}

bool any(const std::vector<char>& flags) {
  for (char f : flags)
    if (f) return true;
  return false;
}

bool room(const reader_actor_state& s) {
  // Results wait in memory until their checkpoint is written: a slow disk must not make them pile up.
  if (s.cut == phase::committing && s.messages - s.messages_at_cut > most_uncommitted) return false;
  for (unsigned n : s.out)
    if (n >= credit) return false;
  return true;
}

bool all_idle(const reader_actor_state& s) {
  for (unsigned n : s.out)
    if (n != 0) return false;
  return true;
}

// True iff a checkpoint at the current position should begin with the next piece of work.
bool cut_due(const reader_actor_state& s) {
  if (!s.store_handle || s.cut != phase::idle) return false;
  const bool output = any(s.output) || s.logic->has_dead_letters();
  if (s.position == s.committed && !output) return false;
  const auto since = steady_clock::now() - s.cut_end;
  // The shorter of the last two: one that a pause of the process or a slow disk has stretched must not hold
  // results back for minutes.
  const milliseconds tenth = 10 * std::min(s.cut_took, s.cut_before);
  // Always after a replay: else a crash loop shorter than the interval would read the same tail again and
  // again.
  if (s.draining || (s.replaying && s.position >= s.replay_to)) return true;
  if (output || s.replaying)
    return since >= tenth; // a crash loop must not read the same tail again and again
  return since >= std::max(quiet_interval, tenth);
}

void committed(self_ptr self, std::uint64_t position) {
  auto& s = self->state;
  s.cut = phase::idle;
  s.committed = position;
  s.cut_end = steady_clock::now();
  s.cut_before = s.cut_took;
  s.cut_took = std::chrono::duration_cast<milliseconds>(s.cut_end - s.cut_begin);
  ++s.checkpoints;
  for (auto& shard : s.shards) self->send(shard, done_atom_v, position);
  if (position >= s.replay_to) s.replaying = false;
  pump(self);
}

void part_arrived(self_ptr self, std::unique_ptr<shard_part> part) {
  auto& s = self->state;
  s.gathered->shards.push_back(std::move(*part));
  if (++s.parts < s.shards.size()) return;
  s.cut = phase::committing;
  // Before the results may leave: a recovery, and a replay, must know that these have no prediction.
  for (const auto& part : s.gathered->shards)
    for (const auto& note : part.unavailable)
      if (auto noted = s.config.log->append(to_control(note)); !noted) return end_with(self, noted.error());
  const auto position = s.gathered->reader.position;
  checkpoint_ptr whole(s.gathered.release());
  self->request(s.store_handle, caf::infinite, std::move(whole))
      .then([self](std::uint64_t done) { committed(self, done); },
            [self, position](const caf::error& e) {
              // The store refused it: this engine is not the newest any more, or it died with the process.
              self->quit(caf::make_error(ec::bug, "checkpoint at " + std::to_string(position) +
                                                      " refused: " + self->system().render(e)));
            });
}

void work_done(self_ptr self, const done_ptr& done) {
  auto& s = self->state;
  --s.out[done->shard];
  s.waits[done->shard] = done->waits_for_time;
  s.output[done->shard] = done->has_output;
  if (done->part) part_arrived(self, std::move(done->part));
  pump(self);
}

void hand_out(self_ptr self, std::uint32_t shard, work_ptr work) {
  auto& s = self->state;
  ++s.out[shard];
  self->request(s.shards[shard], caf::infinite, std::move(work))
      .then([self](const done_ptr& done) { work_done(self, done); },
            [self](const caf::error& e) {
              self->quit(caf::make_error(ec::bug, "a shard ended: " + self->system().render(e)));
            });
}

// Sends what was read to the shards; with `cut` every shard gets a piece of work that asks for its part.
void distribute(self_ptr self, const read_result& r, bool cut) {
  auto& s = self->state;
  const bool everyone = cut || r.after.has_value();
  std::vector<std::shared_ptr<shard_work>> works(s.shards.size());
  for (const auto& batch : r.batches) {
    for (std::uint16_t key = s.by_device[batch->source] ? 0 : 1; key <= batch->key_count; ++key) {
      route(*batch, s.config.shards, s.lists, key);
      for (std::size_t i = 0; i < s.lists.size(); ++i) {
        if (s.lists[i].empty()) continue;
        if (!works[i]) works[i] = std::make_shared<shard_work>();
        works[i]->pieces.push_back({batch, s.lists[i], key});
      }
    }
    s.in_flight.push_back(batch);
  }
  for (std::size_t i = 0; i < works.size(); ++i) {
    if (!works[i] && everyone) works[i] = std::make_shared<shard_work>();
    if (!works[i]) continue;
    works[i]->after = r.after;
    works[i]->position = s.position;
    works[i]->want_part = cut;
    hand_out(self, static_cast<std::uint32_t>(i), std::move(works[i]));
  }
}

// True iff no result waits on its way back into the journal. What a loop has moved is visible there.
bool loops_empty(const reader_actor_state& s) {
  for (const auto& name : s.config.loops)
    if (!s.config.state->read_outbox(name, s.config.state->cursor(name).acked, 1, 1).empty()) return false;
  return true;
}

void begin_cut(reader_actor_state& s) {
  s.cut = phase::gathering;
  s.messages_at_cut = s.messages;
  s.cut_begin = steady_clock::now();
  s.gathered = std::make_unique<checkpoint>();
  s.gathered->engine = s.engine;
  s.gathered->reader = s.logic->take_part();
  s.gathered->reader.position = s.position;
  s.gathered->reader.journal_ms = s.config.clock ? s.config.clock->now_ms() : 0;
  s.parts = 0;
}

void recycle(reader_actor_state& s) {
  std::erase_if(s.in_flight, [&s](std::shared_ptr<event_batch>& b) {
    if (b.use_count() != 1) return false;
    s.logic->recycle(std::move(b));
    return true;
  });
}

// Reads and hands out as long as there is credit and something to read; begins a checkpoint when one is due.
void pump(self_ptr self) {
  auto& s = self->state;
  if (!s.loaded) return;
  busy mark(s.config.slot);
  for (unsigned n = 0; n < budget; ++n) {
    if (!room(s)) return; // the shards' answers call us again
    recycle(s);
    auto r = s.logic->read(*s.from, s.config.batch);
    if (!r) return end_with(self, r.error());
    if (r->position != 0) {
      s.position = r->position;
      s.messages += r->messages;
      s.since_pause += r->messages;
    }
    const bool cut = cut_due(s);
    if (r->position == 0 && !cut) {
      if (s.draining && all_idle(s) && s.cut == phase::idle && s.position == s.committed && !any(s.output) &&
          loops_empty(s) && s.config.log->visible() <= s.position)
        return self->quit();
      if (s.since_pause >= busy_messages) { // a wake-up per append would cost more than the work
        s.since_pause = 0;
        std::this_thread::sleep_for(pause);
        continue;
      }
      s.config.log->rearm_wakeup();
      if (s.config.log->visible() > s.from->position()) continue; // it grew while we rearmed
      return;
    }
    if (cut) begin_cut(s);
    distribute(self, *r, cut);
    // A fast source beside us: else each of its appends would become a piece of work, and wake every shard.
    if (r->messages >= busy_messages && r->messages < s.config.batch / 4) std::this_thread::sleep_for(pause);
  }
  self->send(self, wake_atom_v);
}

void beat(self_ptr self) {
  auto& s = self->state;
  self->delayed_send(self, milliseconds(50), beat_atom_v);
  if (!s.loaded) return;
  if (s.config.clock && !s.draining && any(s.waits)) {
    const auto now = s.config.clock->now_ms();
    if (now - s.last_tick_ms >= tick_every_ms) {
      s.last_tick_ms = now;
      control tick;
      tick.kind = control_kind::tick;
      tick.value = s.config.clock->trusted() ? 1 : 0;
      if (auto done = s.config.log->append(tick); !done) return end_with(self, done.error());
    }
  }
  pump(self);
}

// Asks the shards to load one after the other is not needed: they load in parallel, then the journal is read
// from applied + 1.
void load(self_ptr self) {
  auto& s = self->state;
  if (s.config.notes) {
    const auto applied = s.config.state ? s.config.state->applied() : 0;
    if (auto read = read_marks(*s.config.log, applied + 1, *s.config.notes); !read)
      return end_with(self, read.error());
  }
  auto missing = std::make_shared<std::size_t>(s.shards.size());
  for (auto& shard : s.shards)
    self->request(shard, caf::infinite, load_atom_v)
        .then(
            [self, missing](done_atom) {
              if (--*missing != 0) return;
              auto& s = self->state;
              const auto applied = s.config.state ? s.config.state->applied() : 0;
              if (auto ready = s.logic->load(*s.config.log, s.config.state); !ready)
                return end_with(self, ready.error());
              s.position = s.committed = applied;
              s.replay_to = s.config.log->visible();
              s.replaying = s.replay_to > applied;
              s.from = s.config.log->read(applied + 1);
              s.cut_end = steady_clock::now();
              s.loaded = true;
              faults::at(faults::crash_point::recovery_loaded);
              s.waits.assign(s.shards.size(), 1); // until they say otherwise
              pump(self);
            },
            [self](const caf::error& e) { self->quit(e); });
}

} // namespace

reader_actor::behavior_type run_reader(self_ptr self, reader_actor_config config) {
  auto& s = self->state;
  s.config = std::move(config);
  s.logic = std::make_unique<reader>(s.config.sources);
  for (const auto& source : s.config.sources) s.by_device.push_back(takes_devices(source));
  s.shards = s.config.shard_handles;
  s.store_handle = s.config.store_handle;
  if (s.shards.empty() && s.config.names)
    for (std::uint32_t i = 0; i < s.config.shards; ++i)
      s.shards.push_back(caf::actor_cast<shard_actor>(s.config.names->find("shard." + std::to_string(i))));
  if (!s.store_handle && s.config.names)
    s.store_handle = caf::actor_cast<store_actor>(s.config.names->find("store"));
  s.out.assign(s.shards.size(), 0);
  s.waits.assign(s.shards.size(), 0);
  s.output.assign(s.shards.size(), 0);
  guard(self);
  caf::weak_actor_ptr weak(self->ctrl());
  s.config.log->set_wakeup([weak] {
    if (auto strong = caf::actor_cast<caf::strong_actor_ptr>(weak))
      caf::anon_send(caf::actor_cast<reader_actor>(strong), wake_atom_v);
  });
  if (s.store_handle)
    self->request(s.store_handle, caf::infinite, engine_atom_v)
        .then(
            [self](std::uint64_t engine) {
              self->state.engine = engine;
              load(self);
            },
            [self](const caf::error& e) { self->quit(e); });
  else
    load(self);
  self->delayed_send(self, milliseconds(50), beat_atom_v);
  return {
      [self](status_atom) -> status_ptr {
        auto& s = self->state;
        auto status = std::make_shared<component_status>();
        status->state = !s.loaded     ? "loading"
                        : s.draining  ? "draining"
                        : s.replaying ? "recovering"
                                      : "running";
        status->with("position", s.position).with("committed", s.committed).with("messages", s.messages);
        status->with("checkpoints", s.checkpoints).with("last_checkpoint_ms", s.cut_took.count());
        status->with("visible", s.config.log->visible());
        return status;
      },
      [self](stop_atom) {
        self->state.draining = true; // while it still loads, the drain follows
        pump(self);
      },
      [self](wake_atom) { pump(self); },
      [self](beat_atom) { beat(self); },
  };
}

} // namespace sluice
