#include "actors/publish/mqtt_sink_actor.hpp"

#include <utility>

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

#include "actors/publish/store_progress.hpp"
#include "messages/actor_guard.hpp"
#include "messages/faults.hpp"
#include "messages/health.hpp"

namespace sluice {

namespace {

using self_ptr = sink_actor::stateful_pointer<mqtt_sink_state>;
using std::chrono::milliseconds;

milliseconds now() {
  return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now().time_since_epoch());
}

auto teller(self_ptr self) {
  caf::weak_actor_ptr weak(self->ctrl());
  return [weak](const char* what, caf::error e) {
    if (auto strong = caf::actor_cast<caf::strong_actor_ptr>(weak))
      caf::anon_send(caf::actor_cast<sink_actor>(strong), event_atom_v, std::string(what), std::uint64_t{0},
                     std::int32_t{0}, std::move(e));
  };
}

void connect(self_ptr self) {
  auto& s = self->state;
  const auto tell = teller(self);
  const auto answers = s.answers;
  mqtt_callbacks calls;
  calls.on_connected = [=](bool, int protocol) {
    tell(protocol == 5 ? "connected 5" : "connected 3.1.1", caf::error{});
  };
  // A file of the TLS options that cannot be read now may be readable in a moment: no bug, back off.
  calls.on_connect_failed = [=](error e) {
    tell("failed", caf::make_error(e.code == ec::invalid ? ec::refused : e.code, e.text));
  };
  calls.on_lost = [=](error e) { tell("lost", caf::make_error(e.code, e.text)); };
  calls.on_acknowledged = [=](std::uint64_t token, int code, bool failed) {
    if (failed) return;
    bool first = false;
    {
      std::lock_guard lock(answers->mutex);
      first = answers->waiting.empty();
      answers->waiting.push_back({token, code});
    }
    if (first) tell("acked", caf::error{});
  };
  calls.on_messages = [weak = caf::weak_actor_ptr(self->ctrl())](std::span<const mqtt_message> batch) {
    // Unasked for: the announcement of a rate-limit close. The topic and payload travel as the error's texts.
    auto strong = caf::actor_cast<caf::strong_actor_ptr>(weak);
    for (const auto& m : batch)
      if (strong && !m.release)
        caf::anon_send(caf::actor_cast<sink_actor>(strong), event_atom_v, "message " + std::string(m.topic),
                       std::uint64_t{0}, std::int32_t{0},
                       caf::make_error(ec::throttled, std::string(m.payload)));
  };
  s.client = make_mqtt_client(s.config.connection, std::move(calls));
  s.client->connect();
}

error plain(const caf::error& e) {
  error result{ec::connection_lost, "connection lost"};
  if (e.category() == caf::detail::error_factory<ec>::category) result.code = static_cast<ec>(e.code());
  if (e.context().match_elements<std::string>()) result.text = e.context().get_as<std::string>(0);
  return result;
}

// A write for each round of answers would cost as much as publishing. What is not stored when the process is
// killed is delivered again.
constexpr milliseconds between_stores{10};

void store_progress(mqtt_sink_state& s) {
  store_progress(s.config.name, s.logic->take_progress(), false, *s.config.state, *s.config.clock);
  s.stored = now();
}

void store_progress_soon(self_ptr self) {
  auto& s = self->state;
  if (now() - s.stored >= between_stores || s.stopping)
    store_progress(s);
  else if (!std::exchange(s.store_sent, true))
    self->delayed_send(self, between_stores, event_atom_v, std::string("store"), std::uint64_t{0},
                       std::int32_t{0}, caf::error{});
}

void end(self_ptr self, const error& why) {
  auto& s = self->state;
  store_progress(s);
  if (s.client) s.client->disconnect(milliseconds(500));
  s.client.reset();
  if (why.code == ec::none)
    self->quit();
  else
    self->quit(caf::make_error(why.code, why.text));
}

// Reads, sends and stores as far as the logic wants. Returns true when nothing is left in the outbox for this
// sink.
bool pump(self_ptr self) {
  auto& s = self->state;
  busy mark(s.config.slot);
  bool at_end = false;
  for (int rounds = 0; rounds < 64; ++rounds) {
    const auto wish = s.logic->wants();
    bool moved = false;
    if (wish.most != 0) {
      auto records = s.config.state->read_outbox(s.config.name, wish.after, wish.most, wish.most_bytes);
      at_end = records.empty();
      moved = !records.empty();
      s.logic->offer(std::move(records));
    }
    while (auto command = s.logic->next(now())) {
      const auto token = s.client->publish(*command);
      if (!token) {
        s.logic->unsent(token.error(), now());
        continue;
      }
      moved = true;
      s.logic->sent(*token, now());
      if (faults::off(faults::protection::acknowledge_before_cursor)) s.logic->acked(*token, 0, now());
    }
    if (!moved) break;
  }
  store_progress_soon(self);
  for (const auto& line : s.logic->take_notices()) spdlog::warn("sink.{}: {}", s.config.name, line);
  return at_end && s.logic->held_records() == 0 && s.logic->unacknowledged() == 0;
}

void work(self_ptr self) {
  auto& s = self->state;
  if (!s.client) return;
  const bool empty = pump(self);
  if (s.logic->wants_restart()) return end(self, *s.logic->wants_restart());
  if (s.stopping && (empty || s.phase != "connected")) return end(self, error{ec::none, ""});
}

void happened(self_ptr self, const std::string& what, const caf::error& e) {
  auto& s = self->state;
  if (what == "acked") {
    std::vector<mqtt_answers::answer> come;
    {
      std::lock_guard lock(s.answers->mutex);
      come.swap(s.answers->waiting);
    }
    for (const auto& one : come) s.logic->acked(one.token, one.code, now());
    s.acknowledged += come.size();
    if (!s.wake_sent) self->send(self, wake_atom_v);
    s.wake_sent = true;
  } else if (what == "store") {
    s.store_sent = false;
    store_progress(s);
  } else if (what.starts_with("connected ")) {
    s.phase = "connected";
    s.protocol = what.substr(10);
    if (s.protocol != "5" && s.config.connection.protocol == 0)
      spdlog::warn("sink.{}: the broker does not speak MQTT 5: no user properties, no reasons of refusals",
                   s.config.name);
    s.logic->connected(now(), s.client->max_packet());
    work(self);
  } else if (what == "lost") {
    const auto why = s.logic->lost(plain(e), now());
    end(self, s.stopping ? error{ec::none, ""} : why);
  } else if (what == "failed") {
    end(self, s.stopping ? error{ec::none, ""} : plain(e));
  } else if (what.starts_with("message ")) {
    s.logic->message(std::string_view(what).substr(8), plain(e).text);
  }
}

} // namespace

sink_actor::behavior_type run_mqtt_sink(self_ptr self, mqtt_sink_config config) {
  guard(self);
  auto& s = self->state;
  s.config = std::move(config);
  s.logic = s.config.make(s.config.state->cursor(s.config.name));
  connect(self);
  self->send(self, beat_atom_v);
  return {
      [self](status_atom) -> status_ptr {
        auto& s = self->state;
        auto status = std::make_shared<component_status>();
        status->state = s.phase;
        status->reason = s.logic->trouble();
        status->with("in_flight", s.logic->unacknowledged()).with("held", s.logic->held_records());
        status->with("acknowledged", s.acknowledged);
        if (!s.protocol.empty()) status->with("protocol", s.protocol);
        if (s.phase != "connected" || !status->reason.empty()) status->level = health_level::degraded;
        return status;
      },
      [self](stop_atom) {
        self->state.stopping = true;
        work(self);
      },
      [self](wake_atom) {
        self->state.wake_sent = false;
        work(self);
      },
      [self](beat_atom) {
        auto& s = self->state;
        s.logic->tick(now());
        work(self);
        const auto wait = s.logic->wait(now()).value_or(milliseconds(1000));
        self->delayed_send(self, std::clamp(wait, milliseconds(5), milliseconds(1000)), beat_atom_v);
      },
      [self](event_atom, const std::string& what, std::uint64_t, std::int32_t, const caf::error& e) {
        happened(self, what, e);
      },
  };
}

} // namespace sluice
