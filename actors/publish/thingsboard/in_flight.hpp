// The publishes that wait for their PUBACK, by the client's token. PUBACKs come in any order, more than once,
// or never.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace sluice::thingsboard {

// One publish on the current connection.
struct flight {
  std::vector<std::uint64_t> records; // outbox sequences, ascending
  std::chrono::milliseconds sent{};
  std::uint64_t order = 0; // counts publishes of this connection, from 1
  bool probe = false;      // sent with nothing else in flight, to find out who closes the connection
  bool abandoned = false;  // its records go their own way now; a late acknowledgement still counts
  bool attributes = false; // of its one record; else telemetry
};

class in_flight {
public:
  void add(std::uint64_t token, std::vector<std::uint64_t> records, bool probe, std::chrono::milliseconds now,
           bool attributes = false);
  // Takes the publish out; nullopt for a token that is unknown or was acknowledged before.
  std::optional<flight> acknowledged(std::uint64_t token);
  // Whether any publish was acknowledged, and whether one that was sent after `order` was.
  bool any_acknowledged() const noexcept { return answers_ > 0; }
  bool acknowledged_after(std::uint64_t order) const noexcept { return last_answered_ > order; }
  // Tokens of publishes sent at or before `limit` that still wait, oldest first. Abandoned ones do not.
  std::vector<std::uint64_t> sent_until(std::chrono::milliseconds limit) const;
  const flight& at(std::uint64_t token) const { return flights_.at(token); }
  void abandon(std::uint64_t token);
  // Publishes that wait, without the abandoned.
  std::size_t waiting() const noexcept { return flights_.size() - abandoned_; }
  // When the oldest waiting one was sent.
  std::optional<std::chrono::milliseconds> oldest() const;
  // Ends the connection: returns everything unacknowledged in the order of sending, and begins anew.
  std::vector<flight> clear();

private:
  std::map<std::uint64_t, flight> flights_;
  std::uint64_t orders_ = 0, last_answered_ = 0, answers_ = 0;
  std::size_t abandoned_ = 0;
};

} // namespace sluice::thingsboard
