// The PUBACK moment: what happens between the arrival of messages and the return of the message callback,
// after which the client sends the PUBACKs. The messages are in the journal (and on disk with durability
// power), or the process is gone. It never waits for anything but the journal's own write: Paho's one receive
// thread serves all clients of the process.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "actors/client/mqtt_client.hpp"
#include "actors/store/journal.hpp"

namespace sluice {

class keeper {
public:
  // `max_message`: bytes of payload and user properties. Of a longer message the first max_message bytes of
  // the payload are kept and no property. `connection`: which of the source's, from 0.
  keeper(std::string source, std::size_t max_message, bool discard_retained, journal& log,
         journal_clock& clock, std::uint8_t connection = 0);

  // Appends the messages, and behind them what of QoS 2 was released, with one write and returns; never
  // throws. Called by one thread at a time. An impossible append ends the process with 74 without returning,
  // so that the broker keeps the messages.
  void keep(std::span<const mqtt_message> batch) noexcept;

  // MQTT 3.1.1 knows no Retain Handling 2: with `retained: ignore` its retained messages are discarded before
  // the journal.
  void set_protocol(int protocol) noexcept { protocol_ = protocol; }

  std::uint64_t messages() const noexcept { return messages_.load(std::memory_order_relaxed); }
  std::uint64_t retained_ignored() const noexcept {
    return retained_ignored_.load(std::memory_order_relaxed);
  }
  std::int64_t last_ms() const noexcept {
    return last_ms_.load(std::memory_order_relaxed);
  } // journal time; 0 = none yet

private:
  const std::string source_;
  const std::size_t max_message_;
  const bool discard_retained_;
  const std::uint8_t connection_;
  journal& log_;
  journal_clock& clock_;
  std::vector<message_in> taken_; // reused, as the next
  std::vector<std::uint16_t> released_;
  std::atomic<int> protocol_{0};
  std::atomic<std::uint64_t> messages_{0}, retained_ignored_{0};
  std::atomic<std::int64_t> last_ms_{0};
};

} // namespace sluice
