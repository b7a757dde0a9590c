// What a sink that publishes over MQTT decides, without a connection and without a clock: outbox records,
// acknowledgements, closes and time go in; publishes, the progress of the cursor and the wish to start anew
// come out. mqtt_sink_actor is the shell around it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/client/mqtt_publish.hpp"
#include "actors/publish/cursor.hpp"
#include "messages/errors.hpp"
#include "messages/outbox_record.hpp"

namespace sluice {

// One per life of the sink actor. Not thread safe. `now` is any clock that never goes back, the same in all
// calls.
class publish_logic {
public:
  using time = std::chrono::milliseconds;
  virtual ~publish_logic() = default;

  // What to read next; most = 0: nothing now.
  struct wish {
    std::uint64_t after = 0;
    std::size_t most = 0, most_bytes = 0;
  };
  virtual wish wants() const = 0;
  // The records of one read with wants().after, in order; also when it gave none.
  virtual void offer(std::vector<outbox_record> records) = 0;

  // CONNACK; `max_packet`: the longest packet the server takes, 0 = it named none. Nothing is sent before.
  virtual void connected(time now, std::size_t max_packet) = 0;
  // PUBACK of the publish that sent() named (QoS 0: it was written); duplicates and unknown tokens are
  // ignored. Not for "failed": lost() covers it.
  virtual void acked(std::uint64_t token, int code, time now) = 0;
  // A PUBLISH of the server, which nobody subscribed to.
  virtual void message(std::string_view topic, std::string_view payload) = 0;
  // The connection is gone. Returns why, for the supervisor.
  virtual error lost(const error& why, time now) = 0;
  // Time passes. Call when wait() has passed, or once a second.
  virtual void tick(time now) = 0;

  // The next PUBLISH, or nullopt. After each, call exactly one of sent and unsent.
  virtual std::optional<mqtt_publish> next(time now) = 0;
  virtual void sent(std::uint64_t token, time now) = 0;
  // The client took it not. ec::invalid: nothing will ever take it, it is given up; ec::refused: this server
  // takes none like it, the connection is of no use; else it is tried again soon.
  virtual void unsent(const error& why, time now) = 0;

  // What to store with move_cursor, iff anything changed since the last call.
  virtual std::optional<sink_progress> take_progress() = 0;
  // Set when this connection is of no use any more: end with this error. Nothing is sent then.
  virtual const std::optional<error>& wants_restart() const noexcept = 0;
  // How long tick() may wait; nullopt: nothing to wait for.
  virtual std::optional<time> wait(time now) const = 0;

  // For status: "" or what holds the sink up.
  virtual std::string trouble() const = 0;
  // Lines for the log, each given once.
  virtual std::vector<std::string> take_notices() = 0;
  virtual std::size_t unacknowledged() const noexcept = 0; // publishes
  virtual std::size_t held_records() const noexcept = 0;
};

} // namespace sluice
