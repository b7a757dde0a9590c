#include "actors/publish/kafka/kafka_delivery_actor.hpp"

#include <utility>

#include "actors/publish/store_progress.hpp"
#include "messages/faults.hpp"

namespace sluice {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds answer_wait{20};    // one wait for answers; the mailbox is looked at in between
constexpr milliseconds step_wait{500};     // one step of a transaction
constexpr milliseconds give_up_wait{2000}; // for the abort of a transaction that nobody goes on with
constexpr milliseconds store_every{20};    // the cursor, while there is more to come

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

kafka_stepped take(kafka_sink_state& s, transaction::step step) {
  switch (step) {
  case transaction::step::begin:
    return s.producer->begin();
  case transaction::step::mark:
    store_progress(s, true, s.config.sync);
    return s.producer->mark(mark_place(s), s.bracket->mark(), step_wait);
  case transaction::step::commit:
    return s.producer->commit(step_wait);
  case transaction::step::abort: {
    auto done = s.producer->abort(step_wait);
    std::vector<kafka_answer> answers;
    s.producer->poll(milliseconds(0), answers);
    s.bracket->answered(answers);
    return done;
  }
  case transaction::step::none:
    break;
  }
  return {};
}

// Takes the transaction as far as it goes now.
void move_on(kafka_sink_state& s) {
  for (auto step = s.bracket->next(); step != transaction::step::none; step = s.bracket->next()) {
    s.bracket->came(take(s, step));
    if (!s.bracket->trouble().empty() || s.bracket->takes()) return;
  }
}

} // namespace

void store_progress(kafka_sink_state& s, bool now, bool synced) {
  if (!now && steady_clock::now() - s.stored < store_every) return;
  auto progress = s.logic->take_progress();
  if (!progress) return;
  s.stored = steady_clock::now();
  store_progress(s.config.name, std::move(progress), synced, *s.config.state, *s.config.clock);
}

kafka_mark_place mark_place(const kafka_sink_state& s) {
  return {s.config.transactional_id, s.config.options.topic.text()};
}

bool deliver(kafka_sink_state& s) {
  if (s.bracket) move_on(s); // to its beginning
  const bool empty = (!s.bracket || s.bracket->takes()) && feed(s);
  std::vector<kafka_answer> answers;
  const bool waits = s.logic->unacknowledged() != 0;
  s.producer->poll(waits ? answer_wait : milliseconds(0), answers);
  s.acknowledged += answers.size();
  if (s.bracket) {
    s.bracket->answered(answers);
    move_on(s);
  } else {
    for (const auto& answer : answers) s.logic->answered(answer);
  }
  return empty && s.logic->unacknowledged() == 0 && s.logic->held_records() == 0;
}

void leave(kafka_sink_state& s) {
  if (s.logic) store_progress(s, true);
  if (s.producer && !s.producer->fatal() && s.bracket && s.bracket->unfinished())
    s.producer->abort(give_up_wait);
  s.bracket.reset();
  s.producer.reset();
}

} // namespace sluice
