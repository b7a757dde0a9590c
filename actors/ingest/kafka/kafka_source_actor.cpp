#include "actors/ingest/kafka/kafka_source_actor.hpp"

#include <algorithm>
#include <utility>

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

#include "actors/ingest/kafka/kafka_recall.hpp"
#include "actors/ingest/source_notes.hpp"
#include "actors/ingest/unapplied.hpp"
#include "messages/actor_guard.hpp"
#include "messages/exit_codes.hpp"
#include "messages/health.hpp"

namespace sluice {

namespace {

using self_ptr = source_actor::stateful_pointer<kafka_source_state>;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t most_records = 1024; // of one append
constexpr milliseconds ahead_pause{5}, room_pause{1000};
constexpr milliseconds poll_wait{50}; // the mailbox is looked at in between
constexpr milliseconds budget{50};    // likewise
constexpr milliseconds tell_every{1000};
constexpr milliseconds reach_wait{250};

void note(kafka_source_state& s, control_kind kind) {
  note_source(*s.config.log, kind, s.config.name);
  s.up = kind == control_kind::source_up;
}

void schedule(self_ptr self, milliseconds in) {
  auto& s = self->state;
  if (s.scheduled || s.stopping) return;
  s.scheduled = true;
  if (in.count() == 0)
    self->send(self, beat_atom_v);
  else
    self->delayed_send(self, in, beat_atom_v);
}

// Tells the reader, and with it the shards, where what is known of a partition begins.
void note_turn(kafka_source_state& s, const kafka_where& where, std::int64_t rebuilt_at,
               std::uint16_t takeover) {
  note_source(*s.config.log, control_kind::partition, kafka_turn_name(s.config.name, {where, takeover}),
              static_cast<std::uint64_t>(rebuilt_at));
  begin_anew(s.intake->known[where], rebuilt_at, takeover);
}

// A partition of the assignment that is read, and from where.
kafka_place take(kafka_source_state& s, const kafka_taken& taken, const kafka_assigned& p) {
  auto& known = s.intake->known;
  const auto& where = taken.where;
  if (taken.begins_at) {
    spdlog::warn("source.{}: another process has read {} up to {}; {} records are read again for its state",
                 s.config.name, text_of(where), *taken.begins_at, *taken.begins_at - taken.from);
    note_turn(s, where, *taken.begins_at, taken.takeover);
    s.partitions.foreign[where] = *taken.begins_at;
  } else if (const auto before = known.find(where);
             before != known.end() && before->second.whole() && taken.from > before->second.next) {
    spdlog::warn("source.{}: {} goes on at offset {}, and we had read up to {}", s.config.name,
                 text_of(where), taken.from, before->second.next);
  }
  auto& standing = known[where];
  standing.next = taken.from;
  const auto note = parse_kafka_note(p.note);
  standing.time_ms = standing.before_ms = standing.settled_ms = note.time_ms;
  standing.takeover = std::max(standing.takeover, note.takeover);
  s.partitions.told[where] = p.committed.value_or(-1);
  return {where.first, where.second, taken.from};
}

std::vector<kafka_place> assigned(kafka_source_state& s, const std::vector<kafka_assigned>& all) {
  const auto& o = s.config.options;
  std::map<std::string, std::size_t> counts;
  std::size_t there = 0;
  for (const auto& topic : o.subscriptions())
    if (const auto count = s.consumer->partitions_of(topic)) there += counts[topic] = *count;
  const auto plan = take_over(
      all, s.intake->known, counts, {o.offset_reset, o.on_gap, o.rebuild, s.config.memory},
      [&s](const kafka_where& where, std::int64_t time) {
        const auto at = s.consumer->offset_at(where.first, where.second, time);
        if (!at)
          spdlog::warn("source.{}: the cluster does not say where {} was at {}; it is read from its start",
                       s.config.name, text_of(where), time);
        return at;
      });
  s.partitions.told.clear();
  s.partitions.stopped.clear();
  std::vector<kafka_place> read;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& taken = plan.ours[i];
    if (taken.refused.empty()) {
      read.push_back(take(s, taken, all[i]));
      continue;
    }
    s.partitions.stopped[taken.where] = taken.refused;
    spdlog::error("source.{}: {} is not read: {}", s.config.name, text_of(taken.where), taken.refused);
  }
  for (const auto& where : plan.elsewhere)
    note_turn(s, where, kafka_elsewhere, s.intake->known[where].takeover);
  std::erase_if(s.partitions.foreign, [&s](const auto& f) { return !s.partitions.told.contains(f.first); });
  s.partitions.shared = !all.empty() && there > all.size();
  s.partitions.joined = true;
  return read;
}

bool rebuilding(const kafka_source_state& s) {
  return s.partitions.rebuilding(s.intake->known).first != nullptr;
}

// Windows wait for us while none of the partitions is ours, or one has not all its state.
void look_at_state(kafka_source_state& s) {
  if (!s.up)
    for (const auto& [where, offset] : s.partitions.told)
      if (auto& standing = s.intake->known[where]; !standing.whole())
        if (const auto end = s.consumer->reached(where.first, where.second);
            end && *end >= standing.rebuilt_at)
          standing.next = standing.rebuilt_at; // what stood there last was no record
  if (s.partitions.joined && !s.partitions.told.empty() && !s.up && !s.away && !rebuilding(s))
    note(s, control_kind::source_up);
}

void leave(kafka_source_state& s) {
  s.consumer.reset(); // commits by the revocation
  s.partitions.joined = false;
  s.partitions.told.clear();
  if (s.up) note(s, control_kind::source_down);
}

void end(self_ptr self, const error& why) {
  leave(self->state);
  self->quit(caf::make_error(why.code, why.text));
}

// False: it cannot be made, and the actor ends.
bool open(self_ptr self) {
  auto& s = self->state;
  const auto& c = s.config;
  auto known = asked_again([&c] { return recall_kafka_positions(c.name, *c.state, *c.log); });
  if (!known) exit_now(exit_storage, known.error().text.c_str());
  s.intake->known = std::move(*known);
  const auto& o = s.config.options;
  kafka_consumer_calls calls;
  calls.assigned = [&s](const std::vector<kafka_assigned>& all) { return assigned(s, all); };
  calls.revoked = [&s](const std::vector<kafka_place>&) {
    auto last = s.partitions.untold(s.intake->known);
    s.partitions.told.clear();
    s.partitions.joined = false;
    if (s.up) note(s, control_kind::source_down);
    return last;
  };
  auto made = kafka_consumer::make(o.connection, {{"group.id", o.group}, {"group.instance.id", o.instance}},
                                   o.subscriptions(), std::move(calls));
  if (!made) return end(self, made.error()), false;
  s.consumer = std::move(*made);
  s.phase = "joining";
  return true;
}

void append(kafka_source_state& s, std::span<const kafka_message> got) {
  const auto records = s.intake->take(got, s.config.clock->now_ms());
  if (records.empty()) return;
  const auto done = s.config.log->append(s.config.name, records);
  if (!done) exit_now(exit_storage, done.error().text.c_str());
  s.messages += records.size();
  s.ahead.appended(*done, s.intake->bytes());
  s.last_ms = s.config.clock->now_ms();
}

// Silence that closes windows counts from the time the source is up.
void look_at_time(kafka_source_state& s) {
  const auto now = steady_clock::now();
  if (!s.up) {
    s.turned = now;
  } else if (now - s.turned >= s.config.memory.idle) {
    s.turned = now;
    s.partitions.turn(s.intake->known);
  }
}

void tell_group(kafka_source_state& s) {
  if (steady_clock::now() - s.told < tell_every) return;
  s.told = steady_clock::now();
  s.consumer->commit(s.partitions.untold(s.intake->known));
}

// Whether brokers are there, as far as it shows; SOURCE_UP and SOURCE_DOWN follow it.
void look_at_brokers(kafka_source_state& s) {
  if (!s.consumer->doubtful()) {
    s.away = false;
  } else if (steady_clock::now() - s.asked >= tell_every) {
    s.asked = steady_clock::now();
    s.away = !s.consumer->reachable(reach_wait);
  }
  if (s.away) {
    if (s.up) note(s, control_kind::source_down);
    s.phase = "connecting";
    return;
  }
  s.phase = !s.partitions.joined ? "joining" : rebuilding(s) ? "rebuilding" : "connected";
  look_at_state(s);
}

void work(self_ptr self) {
  auto& s = self->state;
  if (s.stopping || s.phase == "fenced") return;
  if (s.config.quota && s.config.quota->sources_must_disconnect()) {
    leave(s);
    s.phase = "waiting_for_room";
    return schedule(self, room_pause);
  }
  if (!s.consumer && !open(self)) return;
  for (const auto until = steady_clock::now() + budget; steady_clock::now() < until;) {
    if (s.ahead.full(s.config.state->applied())) return schedule(self, ahead_pause);
    const auto got = s.consumer->poll(poll_wait, most_records);
    append(s, got);
    look_at_state(s);
    if (s.consumer->broken() || got.empty()) break;
  }
  if (s.consumer->fenced()) {
    spdlog::error("source.{}: another process has joined group {} as instance {}", s.config.name,
                  s.config.options.group, s.config.options.instance);
    leave(s);
    s.phase = "fenced";
    return;
  }
  if (s.consumer->broken()) return end(self, *s.consumer->broken());
  look_at_time(s);
  tell_group(s);
  look_at_brokers(s);
  schedule(self, milliseconds(0));
}

std::string reason_of(const kafka_source_state& s) {
  if (s.phase == "fenced")
    return "another process has joined group " + s.config.options.group + " as instance " +
           s.config.options.instance + ": each needs an `instance` of its own";
  if (s.partitions.stopped.empty() && s.consumer && !s.consumer->trouble().empty())
    return s.consumer->trouble();
  return s.partitions.reason(s.intake->known, s.config.staying, s.config.mixing);
}

status_ptr status_of(kafka_source_state& s) {
  auto status = std::make_shared<component_status>();
  status->state = s.phase;
  status->reason = reason_of(s);
  std::int64_t lag = 0;
  for (const auto& [where, nothing] : s.partitions.told)
    if (const auto end = s.consumer ? s.consumer->end_of(where.first, where.second) : std::nullopt)
      lag += std::max<std::int64_t>(0, *end - s.intake->known.at(where).next);
  status->with("messages", s.messages)
      .with("partitions", s.partitions.told.size())
      .with("stopped", s.partitions.stopped.size());
  status->with("lag", lag).with("repeated", s.intake->repeated());
  status->with("rebuilt", s.intake->rebuilt());
  if (s.last_ms != 0)
    status->with("last_event_age_s", static_cast<double>(s.config.clock->now_ms() - s.last_ms) / 1000.0);
  if (s.phase != "connected" || !status->reason.empty()) status->level = health_level::degraded;
  if (s.phase == "fenced" || !s.partitions.stopped.empty()) status->level = health_level::failed;
  return status;
}

} // namespace

kafka_source_state::~kafka_source_state() {
  consumer.reset();
  if (up) note(*this, control_kind::source_down);
}

source_actor::behavior_type run_kafka_source(self_ptr self, kafka_source_config config) {
  auto& s = self->state;
  s.config = std::move(config);
  s.intake.emplace(s.config.options);
  guard(self);
  schedule(self, milliseconds(0));
  return {
      [self](status_atom) { return status_of(self->state); },
      [self](stop_atom) {
        auto& s = self->state;
        busy mark(s.config.slot);
        s.stopping = true;
        leave(s);
        self->quit();
      },
      [self](wake_atom) {
        if (!self->state.scheduled) schedule(self, milliseconds(0));
      },
      [self](beat_atom) {
        auto& s = self->state;
        busy mark(s.config.slot);
        s.scheduled = false;
        work(self);
      },
      [](event_atom, const std::string&, const caf::error&) {},
  };
}

} // namespace sluice
