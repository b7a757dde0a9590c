// paho_client: its owner's side and what the library calls back.
//
// Facts of Paho C 1.3.12 that shape this file: the PUBACK of a message goes out when its callback returns,
// whatever it returns; the send thread is not woken by PUBACKs, so the library's own window must never fill;
// a callback holds the library's global lock.
#include "actors/client/paho_client.hpp"

#include <cstdio>
#include <cstdlib>

#include "actors/client/client_thread.hpp"
#include "actors/client/mqtt/encode.hpp"
#include "actors/client/mqtt_reason.hpp"
#include "actors/client/paho_link.hpp"

namespace sluice {

namespace {

// Destroying the last client stops the library's threads, waits for them up to seconds and races with the
// next client's start: one client that never connects and is never destroyed keeps them running.
// Function-static and never destroyed on purpose; volatile, so that it stays reachable from here.
void keep_library_running() {
  static mqtt::async_client* volatile anchor =
      new mqtt::async_client("tcp://127.0.0.1:1", "anchor", mqtt::create_options(MQTTVERSION_5));
  (void)anchor;
}

// What nothing will ever send is invalid; the library's own troubles may pass.
error send_error(const mqtt::exception& e, const std::string& what) {
  const int rc = e.get_return_code();
  const auto kind = rc == MQTTASYNC_BAD_UTF8_STRING || rc == MQTTASYNC_BAD_QOS ? ec::invalid
                    : rc == MQTTASYNC_MAX_BUFFERED_MESSAGES || rc == MQTTASYNC_NO_MORE_MSGIDS
                        ? ec::throttled
                        : ec::connection_lost;
  return {kind, what + ": " + e.what()};
}

mqtt::properties properties_of(const mqtt_publish& what) {
  mqtt::properties out;
  if (!what.content_type.empty()) out.add({mqtt::property::CONTENT_TYPE, what.content_type});
  if (what.expiry)
    out.add({mqtt::property::MESSAGE_EXPIRY_INTERVAL, static_cast<std::int32_t>(what.expiry->count())});
  for (const auto& [key, value] : what.user_properties) out.add({mqtt::property::USER_PROPERTY, key, value});
  return out;
}

} // namespace

// ---- callbacks, on the library's threads ----

void paho_client::impl::connected(const mqtt::token& t) noexcept {
  bool present = false;
  unsigned maximum = 65535;
  std::size_t packet = 0;
  try {
    const auto response = t.get_connect_response();
    present = response.is_session_present();
    const auto& properties = response.get_properties();
    if (properties.contains(mqtt::property::RECEIVE_MAXIMUM))
      maximum = mqtt::get<std::uint16_t>(properties, mqtt::property::RECEIVE_MAXIMUM);
    if (properties.contains(mqtt::property::MAXIMUM_PACKET_SIZE))
      packet = mqtt::get<std::uint32_t>(properties, mqtt::property::MAXIMUM_PACKET_SIZE);
  } catch (const std::exception&) { // a CONNACK without these
  }
  {
    std::lock_guard lock(mutex);
    window = std::max(1u, maximum);
    max_packet = packet;
    leaving = false;
    // Too late, the keeper is about to destroy this connection: it will report it lost. What arrives until
    // then counts.
    now = now == stage::connecting ? stage::connected : stage::lost;
  }
  gate.call(callbacks.on_connected, present, version);
  changed.notify_all();
  pump(0);
}

void paho_client::impl::connect_failed(const mqtt::token& t) noexcept {
  std::lock_guard lock(mutex);
  if (now != stage::connecting) return;
  now = stage::failed;
  // Positive = CONNACK return or reason code; negative = the library's own.
  end.code = refusal_of(t) ? refusal_of(t) : t.get_return_code();
  end.answered = end.code > 0;
  changed.notify_all();
}

void paho_client::impl::lost() noexcept {
  error why;
  {
    std::lock_guard lock(mutex);
    if (now != stage::connected) return;
    now = stage::lost;
    if (leaving) return;
    why = farewell;
    if (why.code == ec::none)
      why = {ec::connection_lost, at.text() + ": connection lost: the broker closed it or does not answer"};
  }
  gate.call(callbacks.on_lost, why);
}

void paho_client::impl::arrived(const mqtt::message& m) noexcept {
  const auto& raw = m.c_struct();
  mqtt_message view;
  view.topic = m.get_topic_ref() ? std::string_view(m.get_topic_ref().data(), m.get_topic_ref().size()) : "";
  view.payload =
      m.get_payload_ref() ? std::string_view(m.get_payload_ref().data(), m.get_payload_ref().size()) : "";
  view.packet_id = static_cast<std::uint16_t>(raw.msgid);
  view.qos = static_cast<std::uint8_t>(raw.qos);
  view.dup = raw.dup != 0;
  view.retain = raw.retained != 0;
  std::vector<std::pair<std::string_view, std::string_view>> pairs;
  for (int i = 0; i < raw.properties.count; ++i) {
    const auto& p = raw.properties.array[i];
    if (p.identifier != MQTTPROPERTY_CODE_USER_PROPERTY) continue;
    pairs.emplace_back(std::string_view(p.value.data.data, static_cast<std::size_t>(p.value.data.len)),
                       std::string_view(p.value.value.data, static_cast<std::size_t>(p.value.value.len)));
  }
  view.user_properties = pairs;
  if (gate.call(callbacks.on_messages, std::span<const mqtt_message>(&view, 1)) || view.qos == 0) return;
  // The library hung for longer than the destructor waits and now delivers. Returning would acknowledge a
  // message that nobody keeps, and there is no other way to refuse it: end the process, the broker sends it
  // again.
  std::fputs(
      "mqtt: a message arrived on a connection that could not be closed in time; ending without PUBACK\n",
      stderr);
  std::_Exit(70);
}

void paho_client::impl::subscribed(const mqtt::token& t) noexcept {
  std::string refused;
  try {
    std::string codes;
    const auto granted = t.get_subscribe_response().get_reason_codes();
    for (const auto code : granted) codes += static_cast<char>(code);
    std::lock_guard lock(mutex);
    refused = refused_filters(asked, codes);
  } catch (const std::exception& e) {
    refused = e.what();
  }
  if (refused.empty())
    gate.call(callbacks.on_subscribed);
  else
    gate.call(callbacks.on_subscribe_failed,
              error{ec::refused, at.text() + ": subscription refused: " + refused});
}

void paho_client::impl::subscribe_failed(const mqtt::token& t) noexcept {
  const int code = refusal_of(t) ? refusal_of(t) : t.get_return_code();
  std::string filters;
  {
    std::lock_guard lock(mutex);
    for (const auto& s : asked) filters += (filters.empty() ? "" : ", ") + s.filter;
  }
  gate.call(
      callbacks.on_subscribe_failed,
      code >= 0x80
          ? error{ec::refused, at.text() + ": subscription refused: " + filters + ": " + reason_text(code)}
          : error{ec::connection_lost, at.text() + ": connection lost while subscribing to " + filters});
}

void paho_client::impl::acknowledged(const mqtt::token& t, bool success) noexcept {
  const auto token = reinterpret_cast<std::uintptr_t>(t.get_user_context());
  const int reason = success ? 0 : refusal_of(t);
  {
    std::lock_guard lock(mutex);
    if (in_flight > 0) --in_flight;
  }
  gate.call(callbacks.on_acknowledged, std::uint64_t{token}, reason, !success && reason == 0);
  pump(0);
}

// Sends what waits, in order, as far as the broker's Receive Maximum allows; one thread at a time, whichever
// came first. Returns the error of token `mine`; another one's error goes to on_acknowledged(failed).
std::optional<error> paho_client::impl::pump(std::uint64_t mine) {
  std::optional<error> own;
  std::vector<std::uint64_t> failed;
  {
    std::unique_lock lock(mutex);
    if (pumping) return own;
    pumping = true;
    while (now == stage::connected && !waiting.empty() && in_flight < window) {
      const auto out = std::move(waiting.front());
      waiting.pop_front();
      ++in_flight; // QoS 0 too: until it is written
      auto* to = client.get();
      lock.unlock();
      std::optional<error> bad;
      try {
        to->publish(out.message, reinterpret_cast<void*>(static_cast<std::uintptr_t>(out.token)), on_publish);
      } catch (const mqtt::exception& e) {
        bad = send_error(e, at.text() + ": publish to " + out.message->get_topic());
      } catch (const std::exception& e) {
        bad = error{ec::connection_lost,
                    at.text() + ": publish to " + out.message->get_topic() + ": " + e.what()};
      }
      lock.lock();
      if (!bad) continue;
      --in_flight;
      if (out.token == mine)
        own = std::move(bad);
      else
        failed.push_back(out.token);
    }
    pumping = false;
  }
  for (const auto token : failed) gate.call(callbacks.on_acknowledged, token, 0, true);
  return own;
}

// ---- the owner's side ----

paho_client::paho_client(mqtt_connection_options options, mqtt_callbacks callbacks)
    : impl_(std::make_shared<impl>()) {
  keep_library_running();
  auto* self = impl_.get();
  self->options = std::move(options);
  self->callbacks = std::move(callbacks);
  self->on_connect.success = [self](const mqtt::token& t) { self->connected(t); };
  self->on_connect.failure = [self](const mqtt::token& t) { self->connect_failed(t); };
  self->on_subscribe.success = [self](const mqtt::token& t) { self->subscribed(t); };
  self->on_subscribe.failure = [self](const mqtt::token& t) { self->subscribe_failed(t); };
  self->on_publish.success = [self](const mqtt::token& t) { self->acknowledged(t, true); };
  self->on_publish.failure = [self](const mqtt::token& t) { self->acknowledged(t, false); };
}

paho_client::~paho_client() {
  {
    std::unique_lock lock(impl_->mutex);
    impl_->closing = true;
    impl_->leaving = true;
    impl_->changed.notify_all();
    impl_->changed.wait_for(lock, close_deadline, [&] { return impl_->finished; });
  }
  impl_->gate.shut();
}

void paho_client::connect() {
  outcome<void> started;
  {
    std::lock_guard lock(impl_->mutex);
    if (impl_->finished) { // the keeper owns a reference: the library's callbacks never outlive what they
                           // point to
      auto keeper = start_thread([kept = impl_] { kept->keep(); });
      if (keeper)
        keeper->detach();
      else
        started = tl::unexpected(keeper.error());
    }
    impl_->finished = impl_->finished && !started;
    impl_->wanted = started.has_value();
    impl_->changed.notify_all();
  }
  if (!started) impl_->gate.call(impl_->callbacks.on_connect_failed, started.error());
}

void paho_client::subscribe(const std::vector<mqtt_subscription>& what) {
  mqtt::async_client* to = nullptr;
  {
    std::lock_guard lock(impl_->mutex);
    impl_->asked = what;
    if (impl_->now == impl::stage::connected) to = impl_->client.get();
  }
  error bad{ec::connection_lost, "subscribe: not connected"};
  if (to) {
    std::vector<std::string> filters;
    mqtt::iasync_client::qos_collection qos;
    std::vector<mqtt::subscribe_options> how;
    for (const auto& s : what) {
      filters.push_back(s.filter);
      qos.push_back(s.qos);
      if (impl_->version >= MQTTVERSION_5)
        how.emplace_back(false, false,
                         static_cast<mqtt::subscribe_options::RetainHandling>(s.retain_handling));
    }
    try {
      to->subscribe(mqtt::string_collection::create(std::move(filters)), qos, nullptr, impl_->on_subscribe,
                    how);
      return;
    } catch (const mqtt::exception& e) {
      bad = send_error(e, impl_->at.text() + ": subscribe");
    }
  }
  impl_->gate.call(impl_->callbacks.on_subscribe_failed, bad);
}

outcome<std::uint64_t> paho_client::publish(const mqtt_publish& what) {
  auto message =
      mqtt::make_message(what.topic, what.payload.data(), what.payload.size(), what.qos, what.retain);
  std::uint64_t token = 0;
  {
    std::lock_guard lock(impl_->mutex);
    if (impl_->now != impl::stage::connected)
      return fail(ec::connection_lost, "publish to " + what.topic + ": not connected");
    if (const auto* why = packets::why_unfit(what, impl_->version)) // the broker would close the connection
      return fail(ec::invalid, impl_->at.text() + ": publish to " + what.topic + ": " + why);
    if (impl_->version >= MQTTVERSION_5) message->set_properties(properties_of(what));
    if (impl_->waiting.size() + impl_->in_flight >= most_waiting_publishes)
      return fail(ec::throttled, "publish to " + what.topic + ": " + too_many_wait());
    token = ++impl_->last_token;
    impl_->waiting.push_back({token, std::move(message)});
  }
  if (auto bad = impl_->pump(token)) return tl::unexpected(std::move(*bad));
  return token;
}

std::size_t paho_client::max_packet() const {
  std::lock_guard lock(impl_->mutex);
  return impl_->max_packet;
}

void paho_client::disconnect(std::chrono::milliseconds deadline) {
  mqtt::async_client* from = nullptr;
  {
    std::lock_guard lock(impl_->mutex);
    if (impl_->now != impl::stage::connected) return;
    impl_->leaving = true;
    impl_->now = impl::stage::idle;
    from = impl_->client.get();
  }
  try {
    from->disconnect()->wait_for(deadline);
  } catch (const mqtt::exception&) { // already gone
  }
}

} // namespace sluice
