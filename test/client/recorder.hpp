// Collects what an mqtt_client reports, so that a test can wait for it with a deadline.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "actors/client/mqtt_client.hpp"

namespace sluice::test {

struct received {
  std::string topic, payload;
  int packet_id = 0, qos = 0;
  bool dup = false, retain = false;
  std::vector<std::pair<std::string, std::string>> user_properties;
};

struct acknowledged {
  std::uint64_t token;
  int code;
  bool failed;
};

class recorder {
public:
  mqtt_callbacks callbacks() {
    mqtt_callbacks c;
    c.on_connected = [this](bool present, int version) {
      note([&] {
        ++connects;
        session_present = present;
        protocol = version;
        order.push_back("connected");
      });
    };
    c.on_connect_failed = [this](error e) { note([&] { failures.push_back(e); }); };
    c.on_subscribed = [this] { note([&] { ++subscribes; }); };
    c.on_subscribe_failed = [this](error e) { note([&] { subscribe_failures.push_back(e); }); };
    c.on_lost = [this](error e) { note([&] { losses.push_back(e); }); };
    c.on_messages = [this](std::span<const mqtt_message> batch) {
      note([&] {
        for (const auto& m : batch) {
          if (m.release) {
            released.push_back(m.packet_id);
            continue;
          }
          received r{std::string(m.topic), std::string(m.payload), m.packet_id, m.qos, m.dup, m.retain, {}};
          for (const auto& [k, v] : m.user_properties) r.user_properties.emplace_back(k, v);
          messages.push_back(std::move(r));
          order.push_back("message");
        }
      });
    };
    c.on_acknowledged = [this](std::uint64_t token, int code, bool failed) {
      note([&] { acks.push_back({token, code, failed}); });
    };
    return c;
  }

  // True as soon as `holds` does; false after `limit`.
  template <class F> bool until(F holds, std::chrono::seconds limit = std::chrono::seconds(20)) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, limit, [&] { return holds(); });
  }

  std::mutex mutex;
  std::condition_variable changed;
  int connects = 0, subscribes = 0, protocol = 0;
  bool session_present = false;
  std::vector<error> failures, subscribe_failures, losses;
  std::vector<received> messages;
  std::vector<int> released; // packet ids
  std::vector<acknowledged> acks;
  std::vector<std::string> order;

private:
  template <class F> void note(F change) {
    std::lock_guard lock(mutex);
    change();
    changed.notify_all();
  }
};

// A client with its recorder, which outlives it.
struct session {
  recorder seen;
  std::unique_ptr<mqtt_client> made;
  mqtt_client& client;

  explicit session(mqtt_connection_options options)
      : made(make_mqtt_client(std::move(options), seen.callbacks())), client(*made) {}
  bool connect() {
    client.connect();
    seen.until([&] { return seen.connects > 0 || !seen.failures.empty(); });
    return seen.connects > 0;
  }
  bool subscribe(const std::string& filter, int qos = 1) {
    const int before = seen.subscribes;
    client.subscribe({{filter, qos, 1}});
    return seen.until([&] { return seen.subscribes > before || !seen.subscribe_failures.empty(); }) &&
           seen.subscribe_failures.empty();
  }
  // Publishes and waits for the PUBACK.
  bool say(const std::string& topic, const std::string& payload, int qos = 1, bool retain = false) {
    const auto token = client.publish({std::string(topic), std::string(payload), qos, retain});
    if (!token) return false;
    return seen.until([&] {
      for (const auto& a : seen.acks)
        if (a.token == *token) return !a.failed && a.code == 0;
      return false;
    });
  }
};

// The client that these tests are about: they run once with each, SLUICE_MQTT_CLIENT names it.
inline mqtt_client_kind client_kind() {
  const char* name = std::getenv("SLUICE_MQTT_CLIENT");
  return name && std::string(name) == "paho" ? mqtt_client_kind::paho : mqtt_client_kind::grouped;
}

inline mqtt_connection_options options_for(const std::string& url, int protocol = 0,
                                           const std::string& id = "") {
  mqtt_connection_options o;
  o.urls = {url};
  o.protocol = protocol;
  o.client_id = id;
  o.session_expiry = std::chrono::seconds(id.empty() ? 0 : 3600);
  o.keep_alive = std::chrono::seconds(5);
  o.client = client_kind();
  return o;
}

// Likewise, whatever SLUICE_MQTT_CLIENT says.
inline mqtt_connection_options grouped(const std::string& url, int protocol = 5, const std::string& id = "") {
  auto o = options_for(url, protocol, id);
  o.client = mqtt_client_kind::grouped;
  return o;
}

} // namespace sluice::test
