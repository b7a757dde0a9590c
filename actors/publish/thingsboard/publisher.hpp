// Everything the ThingsBoard sink decides, without a connection and without a clock: outbox records,
// acknowledgements, closes and time go in; publishes, the progress of the cursor and the wish to start anew
// come out.
//
// Delivery: at least once; "delivered" is the PUBACK, which means accepted by ThingsBoard. Order: by device
// in outbox order while nothing fails; two revisions of one result never travel together, whatever fails.
// Back pressure: wants() stops asking. Reconnect: what had no PUBACK is sent again, first one publish at a
// time, so that a record that closes the connection is found and dead-lettered instead of closing it for
// ever; an outage condemns nothing (poison.hpp has the rules).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "actors/publish/cursor.hpp"
#include "actors/publish/retry.hpp"
#include "actors/publish/thingsboard/backlog.hpp"
#include "actors/publish/thingsboard/in_flight.hpp"
#include "actors/publish/thingsboard/options.hpp"
#include "actors/publish/thingsboard/poison.hpp"
#include "messages/errors.hpp"

namespace sluice::thingsboard {

struct publish_command {
  std::string topic, payload; // QoS 1, not retained
};

// One per life of the sink actor. Not thread safe. `now` is any clock that never goes back, the same in all
// calls.
class publisher {
public:
  using time = std::chrono::milliseconds;

  // Begins at the stored cursor, whose mark holds what was learned about poison.
  publisher(std::string sink, thingsboard_options options, const sink_cursor& from);

  // What to read next; most = 0: nothing now.
  struct wish {
    std::uint64_t after = 0;
    std::size_t most = 0, most_bytes = 0;
  };
  wish wants() const;
  // The records of one read with wants().after, in order; also when it gave none.
  void offer(std::vector<outbox_record> records);

  // CONNACK. Nothing is sent before.
  void connected(time now);
  // PUBACK of the publish that sent() named; duplicates and unknown tokens are ignored. Not for "failed":
  // lost() covers it.
  void acked(std::uint64_t token, int code, time now);
  // A PUBLISH of the server; it announces a rate-limit close on v1/gateway/disconnect, unasked.
  void message(std::string_view topic, std::string_view payload);
  // The connection is gone. Returns why, for the supervisor: ec::throttled when it was the rate limit.
  error lost(const error& why, time now);
  // Time passes. Call when wait() has passed, or once a second.
  void tick(time now);

  // The next PUBLISH, or nullopt. After each, call exactly one of sent and unsent.
  std::optional<publish_command> next(time now);
  void sent(std::uint64_t token, time now);
  void unsent(time now); // the library took it not; tried again soon

  // What to store with move_cursor, iff anything changed since the last call.
  std::optional<sink_progress> take_progress();
  // Set when this connection is of no use any more: end with this error. Nothing is sent then.
  const std::optional<error>& wants_restart() const noexcept { return restart_; }
  // How long tick() may wait; nullopt: nothing to wait for.
  std::optional<time> wait(time now) const;

  // For status: "" or what holds the sink up.
  std::string trouble() const;
  // Lines for the log, each given once.
  std::vector<std::string> take_notices();
  std::size_t unacknowledged() const noexcept { return flights_.waiting(); } // publishes
  std::size_t held_records() const noexcept { return backlog_.size(); }

private:
  std::vector<std::uint64_t> choose_regular() const;
  std::vector<std::uint64_t> choose_probe(time now);
  void deliver(std::uint64_t sequence);
  void condemn(std::uint64_t sequence, std::string detail);
  void bury(const outbox_record& record, reason why, std::string where, std::string detail,
            std::uint32_t value_range);
  void refused(const flight& one, answer what, int code, time now);
  bool overdue(std::uint64_t token);
  void suspect(const flight& one, bool others_acknowledged, time now);
  void forget_ghosts(bool end_reached);
  std::string mark() const;

  const std::string sink_;
  const thingsboard_options options_;
  cursor cursor_;
  backlog backlog_;
  in_flight flights_;
  poison poison_;
  batch_limit batch_;
  growing_pause pauses_;

  bool connected_ = false, rate_limited_ = false, changed_ = false, noticed_revision_ = false;
  std::optional<error> restart_;
  std::vector<std::uint64_t> chosen_; // between next() and sent() or unsent()
  bool chosen_probe_ = false;
  time paused_until_{}, last_activity_{};
  std::uint64_t delivered_ = 0, value_range_ = 0;
  std::vector<dead_letter> dead_;
  std::string slowed_; // why the last pause was made, until a publish is accepted
  std::vector<std::string> notices_;
  std::set<std::string> noticed_;
};

} // namespace sluice::thingsboard
