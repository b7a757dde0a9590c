// How a grouped_client gets its connection.
#include <cstring>

#include "actors/client/client_thread.hpp"
#include "actors/client/grouped_link.hpp"
#include "actors/client/mqtt_reason.hpp"
#include "actors/client/silent_broker.hpp"

namespace sluice {

void grouped_client::impl::run() {
  if (connect()) {
    auto pinger = start_thread([this] { keep_alive(); });
    if (!pinger) broken = error{pinger.error().code, at.text() + ": " + pinger.error().text};
    serve();
    bool wanted = false;
    {
      std::lock_guard lock(mutex);
      wanted = !leaving && !closing;
      closed = true;
      changed.notify_all();
    }
    if (pinger) pinger->join();
    if (wanted) report_lost();
  }
  std::lock_guard lock(mutex);
  closed = true;
  stream.reset();
  finished = true;
  changed.notify_all();
}

void grouped_client::impl::report_lost() {
  if (const auto filters = session->unanswered_filters(); !filters.empty())
    gate.call(callbacks.on_subscribe_failed,
              error{broken->code, broken->text + ", while subscribing to " + filters});
  gate.call(callbacks.on_lost, *broken);
}

// Tries all urls, and with each MQTT 5 and then 3.1.1 if that may be the reason.
bool grouped_client::impl::connect() {
  if (wake.problem() != 0) {
    gate.call(callbacks.on_connect_failed,
              error{ec::connection_lost, std::string("mqtt: no eventfd: ") + std::strerror(wake.problem())});
    return false;
  }
  error why{ec::invalid, "no broker url is given"};
  std::string told;
  for (const auto& text : options.urls) {
    const auto url = broker_url::parse(text);
    bool may_be_older = false;
    if (url) {
      versions asked(options.protocol);
      do {
        {
          std::lock_guard lock(mutex);
          if (closing) return false;
          at = *url;
          version = asked.now();
        }
        may_be_older = false;
        why = attempt(may_be_older);
        if (why.code == ec::none) return true;
      } while (asked.go_on(why, may_be_older));
    } else {
      why = url.error();
    }
    told += (told.empty() ? "" : "; ") + why.text;
  }
  if (!told.empty()) why.text = told;
  if (!wanted_away()) gate.call(callbacks.on_connect_failed, why);
  return false;
}

// ec::none: connected.
error grouped_client::impl::attempt(bool& may_be_older) {
  const auto deadline = clock::now() + options.connect_timeout;
  auto opened = byte_stream::open(at, options.tls, options.connect_timeout);
  if (!opened) return opened.error();
  {
    std::lock_guard lock(mutex);
    stream.emplace(std::move(*opened));
    session.emplace(options, version, clock::now());
    written = 0;
    closed = blocked = false;
    flush();
  }
  input = {};
  broken.reset();
  goodbye = 0;
  return await_answer(deadline, may_be_older);
}

error grouped_client::impl::await_answer(time deadline, bool& may_be_older) {
  while (!wanted_away()) {
    packets::happenings seen;
    const bool more = read(seen); // what comes right behind the CONNACK begins a batch
    if (seen.answer && seen.answer->code == 0) {
      gate.call(callbacks.on_connected, seen.answer->session_present, version);
      tell(seen);
      return {ec::none, ""};
    }
    if (seen.answer) {
      may_be_older = wrong_version(seen.answer->code);
      return connack_error(version, seen.answer->code, at.text(), seen.reason);
    }
    if (broken && closed) return explain_silence(at, options, false, may_be_older);
    if (broken) return *broken;
    if (clock::now() >= deadline) return no_answer(at, options);
    if (!more) wait(deadline, true);
  }
  leave(); // CONNECT has left: without a goodbye behind it the will would be published
  return {ec::connection_lost, at.text() + ": given up"};
}

} // namespace sluice
