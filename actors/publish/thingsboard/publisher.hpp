// Everything the ThingsBoard sink decides, without a connection and without a clock: outbox records,
// acknowledgements, closes and time go in; publishes, the progress of the cursor and the wish to start anew
// come out.
//
// Delivery: at least once; "delivered" is the PUBACK, which means accepted by ThingsBoard. Order: by device
// in outbox order while nothing fails; two revisions of one result never travel together, whatever fails, nor
// the attributes of two transitions of one alarm.
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

#include "actors/publish/deliveries.hpp"
#include "actors/publish/publish_logic.hpp"
#include "actors/publish/retry.hpp"
#include "actors/publish/thingsboard/backlog.hpp"
#include "actors/publish/thingsboard/in_flight.hpp"
#include "actors/publish/thingsboard/options.hpp"
#include "actors/publish/thingsboard/poison.hpp"
#include "messages/errors.hpp"

namespace sluice::thingsboard {

// See publish_logic for the contract of each function.
class publisher final : public publish_logic {
public:
  // Begins at the stored cursor, whose mark holds what was learned about poison.
  publisher(std::string sink, thingsboard_options options, const sink_cursor& from);

  wish wants() const override;
  void offer(std::vector<outbox_record> records) override;
  void connected(time now,
                 std::size_t max_packet = 0) override; // ThingsBoard names no limit; max_packet is ours
  void acked(std::uint64_t token, int code, time now) override;
  // It announces a rate-limit close on v1/gateway/disconnect, unasked.
  void message(std::string_view topic, std::string_view payload) override;
  // ec::throttled when it was the rate limit.
  error lost(const error& why, time now) override;
  void tick(time now) override;
  std::optional<mqtt_publish> next(time now) override;
  void sent(std::uint64_t token, time now) override;
  void unsent(const error& why, time now) override;
  std::optional<sink_progress> take_progress() override;
  const std::optional<error>& wants_restart() const noexcept override { return restart_; }
  std::optional<time> wait(time now) const override;
  std::string trouble() const override;
  std::vector<std::string> take_notices() override;
  std::size_t unacknowledged() const noexcept override { return flights_.waiting(); }
  std::size_t held_records() const noexcept override { return backlog_.size(); }

private:
  std::vector<std::uint64_t> choose_regular() const;
  std::vector<std::uint64_t> choose_probe(time now);
  void accepted(std::uint64_t sequence, bool attributes);
  void condemn(std::uint64_t sequence, std::string detail, reason why = reason::sink_refused);
  void bury(const outbox_record& record, reason why, std::string where, std::string detail,
            std::uint32_t value_range, bool attributes = false);
  void refused(const flight& one, answer what, int code, time now);
  bool overdue(std::uint64_t token);
  void suspect(const flight& one, bool others_acknowledged, time now);
  void forget_ghosts(bool end_reached);
  std::string mark() const;

  const thingsboard_options options_;
  deliveries deliveries_;
  backlog backlog_;
  in_flight flights_;
  poison poison_;
  batch_limit batch_;
  growing_pause pauses_;

  bool connected_ = false, rate_limited_ = false, noticed_revision_ = false;
  std::optional<error> restart_;
  std::vector<std::uint64_t> chosen_; // between next() and sent() or unsent()
  bool chosen_probe_ = false, chosen_attributes_ = false;
  time paused_until_{}, last_activity_{};
  std::uint64_t value_range_ = 0;
  std::string slowed_; // why the last pause was made, until a publish is accepted
  std::vector<std::string> notices_;
  std::set<std::string> noticed_;
};

} // namespace sluice::thingsboard
