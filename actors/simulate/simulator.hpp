// Publishes a fleet's readings to a broker at a rate until time is up, and does not end before each has its
// PUBACK.
#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <vector>

#include "actors/simulate/fleet.hpp"
#include "actors/simulate/publish_loop.hpp"
#include "messages/errors.hpp"

namespace sluice {

struct simulate_options : publish_options {
  std::string topic; // with {device}
  fleet_options fleet;
  double rate = 0; // readings per second of the whole fleet; 0 = as fast as the broker takes them
  std::chrono::milliseconds duration{60000}; // of publishing; what has no PUBACK then is waited for
  std::chrono::milliseconds sentinel{
      120000}; // how far the last two readings of each device are ahead; 0 = none
};

// Returns iff every publish has its PUBACK. At a fixed rate reading i is of time start + i / rate, so that
// the readings depend on the seed alone; at rate 0 it is of the time at which it is made. `stop` ends
// publishing early, the last readings are still sent; `abandon` ends everything (error: connection_lost).
// Errors: invalid (url, topic), refused by the broker or TLS before it was ever connected, storage (ack log).
outcome<publish_progress> simulate(const simulate_options& options, const std::atomic<bool>& stop,
                                   const std::atomic<bool>& abandon, const publish_listener& tell);

// The topics of `devices` devices. Error (invalid): a topic template without {device} or with other names.
outcome<std::vector<std::string>> device_topics(const std::string& topic, unsigned devices);

} // namespace sluice
