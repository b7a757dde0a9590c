// When a connection is pinged and when it is given up (MQTT 5, 3.1.2.10). Without a clock: times come in.
#pragma once

#include <algorithm>
#include <chrono>

namespace sluice::packets {

class keep_alive {
public:
  using time = std::chrono::steady_clock::time_point;

  // `period` 0 = never ping.
  keep_alive(std::chrono::seconds period, time now) : period_(period), sent_(now), received_(now) {}

  void set_period(std::chrono::seconds period) noexcept { period_ = period; }
  void sent(time now) noexcept { sent_ = now; }
  void received(time now) noexcept {
    received_ = now;
    awaited_ = false;
  }
  // When a PINGREQ is due: nothing was sent for a period (else the broker gives us up), or nothing came for
  // one and no answer is awaited.
  time next_ping() const noexcept {
    if (!on()) return time::max();
    return (awaited_ ? sent_ : std::min(sent_, received_)) + period_;
  }
  bool due(time now) const noexcept { return next_ping() <= now; }
  // A PINGREQ goes out now.
  void pinged(time now) noexcept {
    if (!awaited_) pinged_ = now;
    awaited_ = true;
    sent_ = now;
  }
  // When a PINGREQ has had no answer for a period. Whoever asks has just found nothing to read: while nobody
  // reads, answers wait in the socket.
  time given_up() const noexcept { return on() && awaited_ ? pinged_ + period_ : time::max(); }

private:
  bool on() const noexcept { return period_.count() > 0; }
  std::chrono::seconds period_;
  time sent_, received_, pinged_{};
  bool awaited_ = false;
};

} // namespace sluice::packets
