// Everything the MQTT sink decides.
//
// Delivery: at least once; "delivered" is the PUBACK (QoS 0: the write). Each message carries its identity
// and revision as user properties, so that a reader can keep one of each. Order: outbox order; two revisions
// of one result never travel together. Back pressure: wants() stops asking. Reconnect: what had no PUBACK is
// sent again. A refusal of one message (topic, payload, not authorized) is its dead letter; a refusal for the
// moment (quota, unspecified) is tried again after a growing pause, in front of everything else. What no
// packet can hold is a dead letter too; what the broker never takes (retained messages, the QoS) ends the
// connection with the reason.
#pragma once

#include <deque>
#include <map>
#include <set>

#include "actors/publish/deliveries.hpp"
#include "actors/publish/mqtt/message.hpp"
#include "actors/publish/publish_logic.hpp"
#include "actors/publish/retry.hpp"

namespace sluice {

// See publish_logic for the contract of each function.
class topic_publisher final : public publish_logic {
public:
  topic_publisher(std::string sink, mqtt_sink_options options, const sink_cursor& from);

  wish wants() const override;
  void offer(std::vector<outbox_record> records) override;
  void connected(time now, std::size_t max_packet) override;
  void acked(std::uint64_t token, int code, time now) override;
  void message(std::string_view, std::string_view) override {}
  error lost(const error& why, time now) override;
  void tick(time now) override;
  std::optional<mqtt_publish> next(time now) override;
  void sent(std::uint64_t token, time now) override;
  void unsent(const error& why, time now) override;
  std::optional<sink_progress> take_progress() override;
  const std::optional<error>& wants_restart() const noexcept override { return restart_; }
  std::optional<time> wait(time now) const override;
  std::string trouble() const override { return slowed_; }
  std::vector<std::string> take_notices() override { return {}; }
  std::size_t unacknowledged() const noexcept override { return flights_.size(); }
  std::size_t held_records() const noexcept override { return waiting_.size(); }

private:
  struct flight {
    outbox_record record;
    time sent{};
  };
  void bury(const outbox_record& record, reason why, std::string where, std::string detail);

  const mqtt_sink_options options_;
  deliveries deliveries_;
  std::deque<outbox_record> waiting_; // ascending by sequence
  std::size_t waiting_bytes_ = 0;
  std::optional<outbox_record> chosen_; // between next() and sent() or unsent()
  std::map<std::uint64_t, flight> flights_;
  std::multiset<std::string, std::less<>> travelling_; // identities
  growing_pause pauses_;
  std::size_t max_packet_;
  bool connected_ = false;
  time paused_until_{};
  std::optional<error> restart_;
  std::string slowed_; // why the last pause was made, until a publish is accepted
};

} // namespace sluice
