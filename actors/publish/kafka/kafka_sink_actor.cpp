#include "actors/publish/kafka/kafka_sink_actor.hpp"

#include <utility>

#include <caf/all.hpp>

#include "messages/actor_guard.hpp"
#include "messages/exit_codes.hpp"
#include "messages/faults.hpp"
#include "messages/health.hpp"

namespace sluice {

namespace {

using self_ptr = sink_actor::stateful_pointer<kafka_sink_state>;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds answer_wait{20}; // one wait for answers; the mailbox is looked at in between
constexpr milliseconds reach_wait{250}; // one question whether there is a broker
constexpr milliseconds store_every{20}; // the cursor, while there is more to come
constexpr milliseconds idle_look{1000}; // at the outbox, beside being woken

void store_progress(kafka_sink_state& s, bool now) {
  if (!now && steady_clock::now() - s.stored < store_every) return;
  auto progress = s.logic->take_progress();
  if (!progress) return;
  s.stored = steady_clock::now();
  for (auto& dead : progress->dead) dead.received_ms = s.config.clock->now_ms();
  const auto done = s.config.state->move_cursor(s.config.name, progress->cursor, progress->delivered,
                                                progress->value_range, std::move(progress->dead), false);
  if (!done) exit_now(exit_storage, done.error().text.c_str());
}

void schedule(self_ptr self, milliseconds in) {
  auto& s = self->state;
  auto& pending = in.count() == 0 ? s.soon : s.later;
  if (std::exchange(pending, true)) return;
  if (in.count() == 0)
    self->send(self, event_atom_v, std::string("work"), std::uint64_t{0}, std::int32_t{0}, caf::error{});
  else
    self->delayed_send(self, in, beat_atom_v);
}

void end(self_ptr self, const error& why) {
  auto& s = self->state;
  if (s.logic) store_progress(s, true);
  s.producer.reset();
  if (why.code == ec::none)
    self->quit();
  else
    self->quit(caf::make_error(why.code, why.text));
}

// Reads the outbox and hands on as much as goes. True iff nothing is left in the outbox for this sink.
bool feed(kafka_sink_state& s) {
  bool at_end = false;
  for (int rounds = 0; rounds < 16; ++rounds) {
    const auto wish = s.logic->wants();
    bool moved = false;
    if (wish.most != 0) {
      auto records = s.config.state->read_outbox(s.config.name, wish.after, wish.most, wish.most_bytes);
      at_end = records.empty();
      moved = !records.empty();
      s.logic->offer(std::move(records));
    }
    while (const auto* record = s.logic->next()) {
      const auto token = s.logic->token();
      if (!s.producer->produce(*record, token)) {
        s.logic->unsent();
        return false;
      }
      s.logic->sent();
      moved = true;
      if (faults::off(faults::protection::acknowledge_before_cursor)) s.logic->answered({token, {}, {}});
    }
    if (!moved) break;
  }
  return at_end && s.logic->held_records() == 0;
}

void work(self_ptr self) {
  auto& s = self->state;
  busy mark(s.config.slot);
  if (!s.producer) return;
  if (s.phase != "connected") {
    if (!s.producer->reachable(reach_wait)) {
      if (s.stopping) return end(self, error{ec::none, ""});
      return schedule(self, reach_wait);
    }
    s.phase = "connected";
  }
  const bool empty = feed(s);
  std::vector<kafka_answer> answers;
  const bool waits = s.logic->unacknowledged() != 0;
  s.producer->poll(waits ? answer_wait : milliseconds(0), answers);
  for (const auto& answer : answers) s.logic->answered(answer);
  s.acknowledged += answers.size();
  const bool done = empty && s.logic->unacknowledged() == 0 && s.logic->held_records() == 0;
  store_progress(s, done);
  if (s.producer->fatal()) return end(self, *s.producer->fatal());
  if (s.logic->wants_restart()) return end(self, *s.logic->wants_restart());
  if (s.producer->all_down()) s.phase = "connecting";
  if (s.stopping && (done || s.phase != "connected")) return end(self, error{ec::none, ""});
  schedule(self, done ? idle_look : milliseconds(0));
}

void open(self_ptr self) {
  auto& s = self->state;
  const auto& o = s.config.options;
  auto made = kafka_producer::make(o.connection, {{"linger.ms", std::to_string(o.linger.count())},
                                                  {"compression.codec", o.compression},
                                                  {"message.max.bytes", std::to_string(o.max_record)},
                                                  {"partitioner", "murmur2_random"}});
  if (!made) return end(self, made.error());
  s.producer = std::move(*made);
  schedule(self, milliseconds(0));
}

} // namespace

sink_actor::behavior_type run_kafka_sink(self_ptr self, kafka_sink_config config) {
  guard(self);
  auto& s = self->state;
  s.config = std::move(config);
  s.logic.emplace(s.config.name, s.config.options, s.config.state->cursor(s.config.name));
  open(self);
  return {
      [self](status_atom) -> status_ptr {
        auto& s = self->state;
        auto status = std::make_shared<component_status>();
        status->state = s.phase;
        if (s.producer) status->reason = s.producer->trouble();
        status->with("in_flight", s.logic->unacknowledged()).with("held", s.logic->held_records());
        status->with("acknowledged", s.acknowledged);
        if (s.phase != "connected" || !status->reason.empty()) status->level = health_level::degraded;
        return status;
      },
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
