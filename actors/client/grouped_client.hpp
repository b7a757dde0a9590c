// The MQTT client of our own: what the socket holds is handed over as one batch, and its acknowledgements
// leave in one write when on_messages has returned. Publishes leave together, half a millisecond after the
// first of them at the latest, or when on_messages returns if it runs for longer.
//
// Threads: one per connection reads, calls back and writes. It may be held up in on_messages for as long as a
// disk likes; meanwhile a second one pings, so that the broker does not give us up, and publish() writes what
// has become much.
#pragma once

#include <memory>

#include "actors/client/mqtt_client.hpp"

namespace sluice {

class grouped_client final : public mqtt_client {
public:
  grouped_client(mqtt_connection_options options, mqtt_callbacks callbacks);
  // What was received and not handed over, or not kept yet, is not acknowledged: it comes again.
  ~grouped_client() override;

  void connect() override; // once
  void subscribe(const std::vector<mqtt_subscription>& what) override;
  outcome<std::uint64_t> publish(const mqtt_publish& what) override;
  std::size_t max_packet() const override;
  void disconnect(std::chrono::milliseconds deadline) override;

private:
  struct impl;
  std::shared_ptr<impl> impl_;
};

} // namespace sluice
