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

std::vector<kafka_place> assigned(kafka_source_state& s, const std::vector<kafka_assigned>& all) {
  std::vector<kafka_place> read;
  const auto foreign = std::exchange(s.foreign, {});
  s.mine.clear();
  s.stopped.clear();
  for (const auto& p : all) {
    const std::pair where{p.topic, p.partition};
    const auto stored = s.intake->next.find(where);
    const auto later = s.intake->next.lower_bound({p.topic, 0});
    const bool known = later != s.intake->next.end() && later->first.first == p.topic;
    const auto from =
        begin_at(stored == s.intake->next.end() ? std::nullopt : std::optional(stored->second), p.committed,
                 known, p.first, p.end, s.config.options.offset_reset, s.config.options.on_gap);
    if (const auto* offset = std::get_if<std::int64_t>(&from)) {
      const bool skips = stored == s.intake->next.end() ? p.committed.has_value() : *offset > stored->second;
      if (skips)
        spdlog::warn("source.{}: {}[{}] goes on at offset {}, and we had read up to {}", s.config.name,
                     p.topic, p.partition, *offset, stored == s.intake->next.end() ? 0 : stored->second);
      if (skips && p.committed == *offset)
        s.foreign[where] = *offset;
      else if (const auto before = foreign.find(where); before != foreign.end())
        s.foreign.insert(*before);
      s.mine[where];
      s.intake->next[where] = *offset;
      s.committed[where] = p.committed.value_or(-1);
      read.push_back({p.topic, p.partition, *offset});
    } else {
      s.stopped[where] = std::get<std::string>(from);
      spdlog::error("source.{}: {}[{}] is not read: {}", s.config.name, p.topic, p.partition,
                    s.stopped[where]);
    }
  }
  s.joined = true;
  return read;
}

// What the group was not told yet, of the partitions that are ours.
std::vector<kafka_place> untold(kafka_source_state& s) {
  std::vector<kafka_place> all;
  for (const auto& [where, nothing] : s.mine) {
    const auto next = s.intake->next[where];
    if (s.committed[where] == next) continue;
    s.committed[where] = next;
    all.push_back({where.first, where.second, next});
  }
  return all;
}

void leave(kafka_source_state& s) {
  s.consumer.reset(); // commits by the revocation
  s.joined = false;
  s.mine.clear();
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
  s.intake->next = std::move(*known);
  const auto& o = s.config.options;
  kafka_consumer_calls calls;
  calls.assigned = [&s](const std::vector<kafka_assigned>& all) { return assigned(s, all); };
  calls.revoked = [&s](const std::vector<kafka_place>&) {
    auto last = untold(s);
    s.mine.clear();
    s.joined = false;
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
  s.consumer->commit(untold(s));
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
  s.phase = s.joined ? "connected" : "joining";
  if (s.joined && !s.up) note(s, control_kind::source_up);
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
    if (s.joined && !s.up && !s.away) note(s, control_kind::source_up);
    append(s, got);
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
  if (!s.stopped.empty()) {
    const auto& [where, why] = *s.stopped.begin();
    return where.first + "[" + std::to_string(where.second) + "]: " + why +
           (s.stopped.size() > 1 ? " (and " + std::to_string(s.stopped.size() - 1) + " more partitions)"
                                 : "");
  }
  if (s.consumer && !s.consumer->trouble().empty()) return s.consumer->trouble();
  if (s.foreign.empty() || s.config.remembering.empty()) return "";
  const auto& [where, offset] = *s.foreign.begin();
  return where.first + "[" + std::to_string(where.second) + "]: another process has read up to offset " +
         std::to_string(offset) + ", and what " + s.config.remembering + " remembers of it stayed there" +
         (s.foreign.size() > 1 ? " (and " + std::to_string(s.foreign.size() - 1) + " more partitions)" : "");
}

status_ptr status_of(kafka_source_state& s) {
  auto status = std::make_shared<component_status>();
  status->state = s.phase;
  status->reason = reason_of(s);
  std::int64_t lag = 0;
  for (const auto& [where, nothing] : s.mine)
    if (const auto end = s.consumer ? s.consumer->end_of(where.first, where.second) : std::nullopt)
      lag += std::max<std::int64_t>(0, *end - s.intake->next[where]);
  status->with("messages", s.messages).with("partitions", s.mine.size()).with("stopped", s.stopped.size());
  status->with("lag", lag).with("repeated", s.intake->repeated());
  if (s.last_ms != 0)
    status->with("last_event_age_s", static_cast<double>(s.config.clock->now_ms() - s.last_ms) / 1000.0);
  if (s.phase != "connected" || !status->reason.empty()) status->level = health_level::degraded;
  if (s.phase == "fenced" || !s.stopped.empty()) status->level = health_level::failed;
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
