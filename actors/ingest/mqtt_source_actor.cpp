#include "actors/ingest/mqtt_source_actor.hpp"

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

#include "actors/ingest/source_notes.hpp"
#include "messages/actor_guard.hpp"
#include "messages/health.hpp"

namespace sluice {

namespace {

using self_ptr = source_actor::stateful_pointer<mqtt_source_state>;
using std::chrono::milliseconds;

void set_up(mqtt_source_state& s, bool up) {
  if (s.up == up) return;
  s.up = up;
  up ? s.config.links->up() : s.config.links->down();
}

// What a callback of the client does besides keeping a message: one message to the actor.
auto teller(self_ptr self) {
  caf::weak_actor_ptr weak(self->ctrl());
  return [weak](std::string what, caf::error e) {
    if (auto strong = caf::actor_cast<caf::strong_actor_ptr>(weak))
      caf::anon_send(caf::actor_cast<source_actor>(strong), event_atom_v, std::move(what), std::move(e));
  };
}

void connect(self_ptr self) {
  auto& s = self->state;
  s.phase = "connecting";
  const auto tell = teller(self);
  const auto keep = s.keep;
  journal* log = s.config.log;
  const std::string name = s.config.options.name;
  const auto connection = s.config.connection;
  mqtt_callbacks calls;
  calls.on_connected = [=](bool present, int protocol) {
    // Before the first message of this connection: the duplicate rule counts from here.
    keep->set_protocol(protocol);
    note_source(*log, control_kind::session, name, session_value(connection, present));
    tell(std::string(present ? "connected+" : "connected-") + std::to_string(protocol), caf::error{});
  };
  // A file of the TLS options that cannot be read now may be readable in a moment: no bug, back off.
  calls.on_connect_failed = [=](error e) {
    tell("failed", caf::make_error(e.code == ec::invalid ? ec::refused : e.code, e.text));
  };
  calls.on_subscribed = [=] { tell("subscribed", caf::error{}); };
  calls.on_subscribe_failed = [=](error e) { tell("failed", caf::make_error(e.code, e.text)); };
  calls.on_lost = [=](error e) { tell("failed", caf::make_error(e.code, e.text)); };
  calls.on_messages = [keep](std::span<const mqtt_message> batch) { keep->keep(batch); };
  s.client = make_mqtt_client(s.config.mqtt().connection, std::move(calls));
  s.client->connect();
}

void end_connection(self_ptr self, const caf::error& why) {
  auto& s = self->state;
  if (s.client) s.client->disconnect(milliseconds(2000));
  s.client.reset();
  set_up(s, false);
  self->quit(why);
}

void happened(self_ptr self, const std::string& what, const caf::error& e) {
  auto& s = self->state;
  if (what.starts_with("connected")) {
    s.session_present = what[9] == '+';
    s.protocol = what.back() - '0';
    if (s.protocol != 5 && s.config.mqtt().connection.protocol == 0)
      spdlog::warn("source.{}: the broker does not speak MQTT 5: no user properties, no reasons of refusals",
                   s.config.options.name);
    s.phase = "subscribing";
    std::vector<mqtt_subscription> filters;
    for (const auto& t : s.config.mqtt().topics)
      filters.push_back({t.filter(), s.config.mqtt().qos, s.config.mqtt().accept_retained ? 1 : 2});
    s.client->subscribe(filters);
  } else if (what == "subscribed") {
    set_up(s, true);
    s.phase = "connected";
  } else {
    end_connection(self, e ? e : caf::make_error(ec::connection_lost, std::string("connection lost")));
  }
}

// Connects once there is room in the journal; ends the connection when there is none.
void look_at_quota(self_ptr self) {
  auto& s = self->state;
  const bool full = s.config.quota && s.config.quota->sources_must_disconnect();
  if (!s.client && !full) connect(self);
  if (s.client && full)
    end_connection(self,
                   caf::make_error(ec::quota,
                                   "journal.quota is reached: disconnected, the session is kept until there "
                                   "is room"));
}

} // namespace

mqtt_source_state::~mqtt_source_state() {
  client.reset();
  set_up(*this, false);
}

source_actor::behavior_type run_mqtt_source(self_ptr self, mqtt_source_config config) {
  auto& s = self->state;
  s.config = std::move(config);
  const auto& mqtt = s.config.mqtt();
  s.keep = std::make_shared<keeper>(s.config.options.name, mqtt.max_message, !mqtt.accept_retained,
                                    *s.config.log, *s.config.clock, s.config.connection);
  guard(self);
  self->send(self, beat_atom_v);
  return {
      [self](status_atom) -> status_ptr {
        auto& s = self->state;
        auto status = std::make_shared<component_status>();
        status->state = s.phase;
        status->with("messages", s.keep->messages()).with("retained_ignored", s.keep->retained_ignored());
        if (s.protocol != 0) status->with("protocol", s.protocol == 5 ? "5" : "3.1.1");
        status->with("session_present", s.session_present);
        if (s.keep->last_ms() != 0)
          status->with("last_event_age_s",
                       static_cast<double>(s.config.clock->now_ms() - s.keep->last_ms()) / 1000.0);
        if (s.phase == "waiting_for_room") status->level = health_level::degraded;
        return status;
      },
      [self](stop_atom) { end_connection(self, caf::error{}); },
      [self](wake_atom) {
        busy mark(self->state.config.slot);
        look_at_quota(self);
      },
      [self](beat_atom) {
        busy mark(self->state.config.slot);
        self->delayed_send(self, milliseconds(1000), beat_atom_v);
        look_at_quota(self);
      },
      [self](event_atom, const std::string& what, const caf::error& e) {
        busy mark(self->state.config.slot);
        happened(self, what, e);
      },
  };
}

} // namespace sluice
