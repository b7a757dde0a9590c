#include "actors/publish/kafka/kafka_sink_actor.hpp"

#include <utility>

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

#include "actors/client/kafka_mark.hpp"
#include "actors/publish/kafka/kafka_delivery_actor.hpp"
#include "messages/actor_guard.hpp"
#include "messages/health.hpp"

namespace sluice {

namespace {

using self_ptr = sink_actor::stateful_pointer<kafka_sink_state>;
using std::chrono::milliseconds;

constexpr milliseconds join_wait{500};  // one step of joining
constexpr milliseconds reach_wait{250}; // one question whether there is a broker
constexpr milliseconds idle_look{1000}; // at the outbox, beside being woken

void schedule(self_ptr self, milliseconds in) {
  auto& s = self->state;
  auto& pending = in.count() == 0 ? s.soon : s.later;
  if (std::exchange(pending, true)) return;
  if (in.count() == 0)
    self->send(self, event_atom_v, std::string("work"), std::uint64_t{0}, std::int32_t{0}, caf::error{});
  else
    self->delayed_send(self, in, beat_atom_v);
}

void end(self_ptr self, error why) { // a copy: it may be the producer's or the transaction's
  leave(self->state);
  if (why.code == ec::none)
    self->quit();
  else
    self->quit(caf::make_error(why.code, why.text));
}

// The producer is of no use any more.
void lose(self_ptr self, error why) {
  auto& s = self->state;
  if (!s.producer->fenced()) return end(self, std::move(why));
  leave(s);
  s.phase = "fenced";
  s.reason = "another process has taken the transactional id " + s.config.transactional_id +
             ": give each its own service.name (or sink name) and start this one again";
  spdlog::error("sink.{}: {}", s.config.name, s.reason);
  if (s.stopping) end(self, error{ec::none, ""});
}

void open(self_ptr self) {
  auto& s = self->state;
  const auto& o = s.config.options;
  kafka_settings settings{{"linger.ms", std::to_string(o.linger.count())},
                          {"compression.codec", o.compression},
                          {"message.max.bytes", std::to_string(o.max_record)},
                          {"partitioner", "murmur2_random"}};
  if (o.transactional) settings.emplace_back("transactional.id", s.config.transactional_id);
  auto made = kafka_producer::make(o.connection, settings);
  if (!made) return end(self, made.error());
  s.producer = std::move(*made);
  s.joined = false;
  schedule(self, milliseconds(0));
}

// Shuts out whoever had our id before, and learns what was committed. False: not yet, or the actor has ended.
bool join(self_ptr self) {
  auto& s = self->state;
  s.phase = "joining";
  const auto done = s.producer->join(join_wait);
  s.reason = done.text;
  if (done.how == kafka_step::again) {
    if (s.stopping)
      end(self, error{ec::none, ""});
    else
      schedule(self, milliseconds(0));
    return false;
  }
  if (done.how != kafka_step::done) return lose(self, error{ec::refused, done.text}), false;
  if (!s.bracket) {
    const auto mark = read_kafka_mark(s.config.options.connection, mark_place(s), join_wait);
    if (!mark) return end(self, mark.error()), false;
    s.doubt = s.logic->resume(*mark, s.config.fresh_id());
    if (!s.doubt.empty()) spdlog::error("sink.{}: {}", s.config.name, s.doubt);
    if (const auto known = s.logic->committed_to())
      spdlog::info("sink.{}: results up to {} are committed and are not sent again", s.config.name, known);
    store_progress(s, true, s.config.sync);
    s.bracket.emplace(*s.logic);
  }
  s.bracket->renew();
  return s.joined = true;
}

void work(self_ptr self) {
  auto& s = self->state;
  busy mark(s.config.slot);
  if (s.stopping && s.phase == "fenced") return end(self, error{ec::none, ""});
  if (!s.producer) return;
  if (s.phase == "connecting") {
    if (!s.producer->reachable(reach_wait)) {
      if (s.stopping) return end(self, error{ec::none, ""});
      return schedule(self, reach_wait);
    }
    s.reason.clear();
  }
  if (s.config.options.transactional && !s.joined && !join(self)) return;
  s.phase = "connected";
  const bool done = deliver(s);
  store_progress(s, done);
  if (s.producer->fatal()) return lose(self, *s.producer->fatal());
  if (s.bracket && s.bracket->wants_restart()) return end(self, *s.bracket->wants_restart());
  if (s.bracket && s.bracket->spent()) return open(self);
  if (s.logic->wants_restart()) return end(self, *s.logic->wants_restart());
  if (s.producer->all_down()) s.phase = "connecting";
  if (s.stopping && (done || s.phase != "connected")) return end(self, error{ec::none, ""});
  schedule(self, done ? idle_look : milliseconds(0));
}

status_ptr status_of(const kafka_sink_state& s) {
  auto status = std::make_shared<component_status>();
  status->state = s.phase;
  status->with("in_flight", s.logic->unacknowledged()).with("held", s.logic->held_records());
  status->with("acknowledged", s.acknowledged);
  if (s.bracket) {
    status->with("transactions", s.bracket->committed()).with("aborted", s.bracket->aborted());
    if (!s.bracket->trouble().empty()) status->state = "connecting";
    status->reason = s.bracket->trouble();
  }
  if (s.producer && !s.producer->trouble().empty()) status->reason = s.producer->trouble();
  for (const auto* reason : {&s.reason, &s.doubt})
    if (status->reason.empty()) status->reason = *reason;
  if (s.phase != "connected" || !status->reason.empty()) status->level = health_level::degraded;
  if (s.phase == "fenced") status->level = health_level::failed;
  return status;
}

} // namespace

sink_actor::behavior_type run_kafka_sink(self_ptr self, kafka_sink_config config) {
  guard(self);
  auto& s = self->state;
  s.config = std::move(config);
  s.logic.emplace(s.config.name, s.config.options, s.config.state->cursor(s.config.name));
  open(self);
  return {
      [self](status_atom) -> status_ptr { return status_of(self->state); },
      [self](stop_atom) {
        self->state.stopping = true;
        work(self);
      },
      [self](wake_atom) { // one per checkpoint, many while we wait for answers
        if (self->state.phase == "connected") schedule(self, milliseconds(0));
      },
      [self](beat_atom) {
        self->state.later = false;
        schedule(self, milliseconds(0));
      },
      [self](event_atom, const std::string&, std::uint64_t, std::int32_t, const caf::error&) {
        self->state.soon = false;
        work(self);
      },
  };
}

} // namespace sluice
