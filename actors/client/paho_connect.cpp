// How a paho_client gets its connection and loses it: the keeper thread.
//
// It makes, connects and destroys the library's object, because the library may do neither inside its
// callbacks and both may block (name look-up, its global lock). CONNACK and messages are handled by one
// thread of the library, in order, so on_connected precedes on_messages.
#include "actors/client/paho_link.hpp"

#include <algorithm>
#include <chrono>

#include "actors/client/byte_stream.hpp"
#include "actors/client/mqtt_reason.hpp"
#include "actors/client/silent_broker.hpp"

namespace sluice {

namespace {

mqtt::connect_options connect_options(const mqtt_connection_options& from, bool tls, int version) {
  mqtt::connect_options to;
  const bool keep = from.session_expiry.count() > 0;
  to.set_mqtt_version(version);
  if (version >= MQTTVERSION_5) {
    to.set_clean_start(!keep);
    mqtt::properties properties;
    if (keep)
      properties.add(
          {mqtt::property::SESSION_EXPIRY_INTERVAL, static_cast<std::int32_t>(from.session_expiry.count())});
    properties.add(
        {mqtt::property::RECEIVE_MAXIMUM, static_cast<std::int32_t>(std::min(from.receive_maximum, 65535u))});
    to.set_properties(properties);
  } else {
    to.set_clean_session(!keep);
  }
  to.set_automatic_reconnect(false);
  to.set_max_inflight(65535);
  to.set_keep_alive_interval(from.keep_alive);
  to.set_connect_timeout(std::chrono::ceil<std::chrono::seconds>(from.connect_timeout));
  if (!from.user.empty()) to.set_user_name(from.user);
  if (!from.password.empty()) to.set_password(from.password);
  if (from.will)
    to.set_will(mqtt::will_options(from.will->topic, from.will->payload.data(), from.will->payload.size(),
                                   from.will->qos, from.will->retain));
  if (tls) {
    // No error handler: 1.2.0 hands the library a pointer into this object, which is gone when the handshake
    // runs.
    mqtt::ssl_options ssl;
    if (!from.tls.ca_file.empty()) ssl.set_trust_store(from.tls.ca_file);
    if (!from.tls.cert_file.empty()) ssl.set_key_store(from.tls.cert_file);
    if (!from.tls.key_file.empty()) ssl.set_private_key(from.tls.key_file);
    ssl.set_enable_server_cert_auth(from.tls.verify);
    ssl.set_verify(from.tls.verify);
    to.set_ssl(ssl);
  }
  return to;
}

} // namespace

void paho_client::impl::keep() {
  std::unique_lock lock(mutex);
  while (!closing) {
    if (std::exchange(wanted, false)) {
      lock.unlock();
      connect_all();
      lock.lock();
    }
    changed.wait(lock, [&] { return closing || wanted; });
  }
  now = stage::idle;
  auto last = std::move(client);
  lock.unlock();
  last.reset(); // closes the socket under the library's lock: until then messages are still delivered
  lock.lock();
  finished = true;
  changed.notify_all();
}

void paho_client::impl::set_handlers() {
  client->set_message_callback([this](mqtt::const_message_ptr m) { arrived(*m); });
  client->set_connection_lost_handler([this](const std::string&) { lost(); });
  client->set_disconnected_handler([this](const mqtt::properties& with, mqtt::ReasonCode code) {
    {
      std::string said;
      if (with.contains(mqtt::property::REASON_STRING))
        said = mqtt::get<mqtt::string>(with, mqtt::property::REASON_STRING);
      std::lock_guard lock(mutex);
      farewell = disconnect_error(static_cast<int>(code), at.text(), said);
    }
    lost(); // the broker has ended it, whether it closes the socket now or leaves that to us
  });
}

void paho_client::impl::connect_all() {
  error why{ec::invalid, "no broker url is given"};
  std::string told;
  const auto note = [&](const error& e) {
    why = e;
    told += (told.empty() ? "" : "; ") + e.text;
  };
  for (const auto& text : options.urls) {
    const auto url = broker_url::parse(text);
    if (!url) {
      note(url.error());
      continue;
    }
    if (auto found = resolve(*url);
        !found) { // here, because in the library it would stop every client of the process
      note(found.error());
      continue;
    }
    versions asked(options.protocol);
    bool may_be_older = false;
    error failure;
    do {
      const int v = asked.now();
      {
        std::lock_guard lock(mutex);
        if (closing) return;
        at = *url;
        version = v;
      }
      may_be_older = false;
      try {
        auto made = std::make_unique<mqtt::async_client>(
            url->paho(), options.client_id,
            mqtt::create_options(v, static_cast<int>(most_waiting_publishes)));
        {
          std::lock_guard lock(mutex);
          client.swap(made);
        }
        set_handlers();
        if (attempt()) return;
        failure = explain(may_be_older);
        if (retire()) {
          gate.call(callbacks.on_lost, failure);
          return;
        }
      } catch (const mqtt::exception& e) {
        failure = {ec::invalid, url->text() + ": " + e.what()};
      }
    } while (asked.go_on(failure, may_be_older));
    note(failure);
  }
  {
    std::lock_guard lock(mutex);
    if (closing) return;
    now = stage::idle;
  }
  if (!told.empty()) why.text = told;
  gate.call(callbacks.on_connect_failed, why);
}

// Starts one connect and waits for its end. True: connected, or nobody wants it any more. Throws what the
// library throws.
bool paho_client::impl::attempt() {
  {
    std::lock_guard lock(mutex);
    now = stage::connecting;
    end = {};
    farewell = {ec::none, ""};
  }
  client->connect(connect_options(options, at.tls, version), nullptr, on_connect);
  std::unique_lock lock(mutex);
  const auto ended = [&] { return closing || now != stage::connecting; };
  if (!changed.wait_for(lock, options.connect_timeout, ended)) now = stage::abandoned;
  return closing || now == stage::connected || now == stage::lost;
}

// Destroys the connection of a failed attempt. True: it got through in the last moment, on_connected has been
// called.
bool paho_client::impl::retire() {
  std::unique_ptr<mqtt::async_client> dead;
  {
    std::lock_guard lock(mutex);
    client.swap(dead);
  }
  dead.reset();
  std::lock_guard lock(mutex);
  return std::exchange(now, stage::idle) == stage::lost;
}

// Why the attempt failed; asks the probe when no CONNACK came.
error paho_client::impl::explain(bool& may_be_older) {
  attempt_end ended;
  bool timed_out = false;
  {
    std::lock_guard lock(mutex);
    ended = end;
    timed_out = now == stage::abandoned;
  }
  if (ended.answered) {
    may_be_older = wrong_version(ended.code);
    return connack_error(version, ended.code, at.text());
  }
  return explain_silence(at, options, timed_out, may_be_older);
}

} // namespace sluice
