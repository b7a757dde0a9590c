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
void begin(kafka_source_state& s, const kafka_where& where, std::int64_t rebuilt_at) {
  note_source(*s.config.log, control_kind::partition, kafka_partition_name(s.config.name, where),
              static_cast<std::uint64_t>(rebuilt_at));
  begin_anew(s.intake->known[where], rebuilt_at);
}

// One partition of the assignment that is read, and from where.
kafka_place begin(kafka_source_state& s, const kafka_taken& taken, const kafka_assigned& p) {
  auto& known = s.intake->known;
  const auto& where = taken.where;
  if (taken.begins_at) {
    spdlog::warn("source.{}: another process has read {} up to {}; {} records are read again for its state",
                 s.config.name, text_of(where), p.committed.value_or(0),
                 std::max<std::int64_t>(0, *taken.begins_at - taken.from));
    begin(s, where, *taken.begins_at);
    s.partitions.foreign[where] = p.committed.value_or(0);
  } else if (const auto before = known.find(where);
             before != known.end() && before->second.whole() && taken.from > before->second.next) {
    spdlog::warn("source.{}: {} goes on at offset {}, and we had read up to {}", s.config.name,
                 text_of(where), taken.from, before->second.next);
  }
  known[where].next = taken.from;
  known[where].time_ms = p.committed_time_ms.value_or(-1);
  s.partitions.told[where] = p.committed.value_or(-1);
  return {where.first, where.second, taken.from};
}

// Of our topics, as far as the cluster says.
std::size_t partitions_in_all(kafka_source_state& s) {
  std::size_t all = 0;
  for (const auto& topic : s.config.options.subscriptions())
    all += s.consumer->partitions_of(topic).value_or(0);
  return all;
}

std::vector<kafka_place> assigned(kafka_source_state& s, const std::vector<kafka_assigned>& all) {
  const auto& o = s.config.options;
  const kafka_takeover_rules rules{o.subscriptions(), o.offset_reset, o.on_gap, o.rebuild, s.config.memory};
  const auto plan = take_over(all, s.intake->known, rules, [&s](const kafka_where& where, std::int64_t time) {
    return s.consumer->offset_at(where.first, where.second, time);
  });
  s.partitions.told.clear();
  s.partitions.stopped.clear();
  std::vector<kafka_place> read;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& taken = plan.ours[i];
    if (taken.refused.empty()) {
      read.push_back(begin(s, taken, all[i]));
      continue;
    }
    s.partitions.stopped[taken.where] = taken.refused;
    spdlog::error("source.{}: {} is not read: {}", s.config.name, text_of(taken.where), taken.refused);
  }
  for (const auto& where : plan.elsewhere) begin(s, where, kafka_elsewhere);
  std::erase_if(s.partitions.foreign, [&s](const auto& f) { return !s.partitions.told.contains(f.first); });
  s.partitions.shared = !all.empty() && partitions_in_all(s) > all.size();
  s.partitions.joined = true;
  return read;
}

bool rebuilding(const kafka_source_state& s) {
  return s.partitions.rebuilding(s.intake->known).first != nullptr;
}

// Windows wait for us while none of the partitions is ours, or one has not all its state.
void look_at_state(kafka_source_state& s) {
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
  const auto records = s.intake->take(got);
  if (records.empty()) return;
  const auto done = s.config.log->append(s.config.name, records);
  if (!done) exit_now(exit_storage, done.error().text.c_str());
  s.messages += records.size();
  s.ahead.appended(*done, s.intake->bytes());
  s.last_ms = s.config.clock->now_ms();
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
