// Publishes what a feed gives to a broker, when it is due, and does not end before each message has its
// PUBACK, whatever happens to the connection. One thread, one poll loop; reads the machine's clocks.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "actors/client/broker_url.hpp"
#include "actors/client/mqtt_options.hpp"
#include "messages/errors.hpp"

namespace sluice {

// Where the messages come from: a fleet of simulated devices, the rows of a file.
class message_feed {
public:
  using time = std::chrono::steady_clock::duration; // since publishing began
  virtual ~message_feed() = default;
  struct message {
    std::string topic, payload;
  };
  // Moves the next message that is due at `now` into `out`; false: none is. `stop`: nothing new is to be
  // begun, what has to come last comes now. Errors end the run.
  virtual outcome<bool> next(time now, bool stop, message& out) = 0;
  // How long until the next one is due.
  virtual time due_in(time now) const = 0;
  // True iff nothing more comes.
  virtual bool finished() const = 0;
};

struct publish_options {
  std::string url;
  std::string user, password;
  std::string client_id;
  tls_options tls;
  unsigned window = 500; // publishes without PUBACK
  std::chrono::seconds keep_alive{10};
  std::string ack_log; // "" = none
};

struct publish_progress {
  std::uint64_t published = 0; // PUBACKs
  std::uint64_t resent = 0;
  std::uint64_t in_flight = 0;
  double seconds = 0;
  bool connected = false;
};

// Told about once a second, and of every failed or lost connection.
struct publish_listener {
  std::function<void(const publish_progress&)> progress;
  std::function<void(const error&)> trouble;
};

// Returns iff every message has its PUBACK. `stop` ends publishing early; `abandon` ends everything (error:
// connection_lost). Errors: invalid (url), refused by the broker or TLS before it was ever connected, storage
// (ack log), those of the feed.
outcome<publish_progress> publish(const publish_options& options, message_feed& feed,
                                  const std::atomic<bool>& stop, const std::atomic<bool>& abandon,
                                  const publish_listener& tell);

} // namespace sluice
