// Inside of grouped_client: what its source files share.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/client/broker_url.hpp"
#include "actors/client/byte_stream.hpp"
#include "actors/client/callback_gate.hpp"
#include "actors/client/grouped_client.hpp"
#include "actors/client/mqtt/patience.hpp"
#include "actors/client/mqtt/session.hpp"
#include "actors/client/receive_buffer.hpp"
#include "actors/client/wake_event.hpp"

namespace sluice {

// How long publishes wait for others to leave with, and answers to publishes for others to be read with.
inline constexpr auto publish_gather = std::chrono::microseconds(500);

struct grouped_client::impl {
  using clock = std::chrono::steady_clock;
  using time = clock::time_point;

  impl(mqtt_connection_options with, mqtt_callbacks to)
      : options(std::move(with)), callbacks(std::move(to)),
        most(std::max(1u, std::min(options.batch, options.receive_maximum))) {}

  const mqtt_connection_options options;
  const mqtt_callbacks callbacks;
  // Messages of a batch. What a broker sends beyond our Receive Maximum waits for the acknowledgements of it.
  const std::size_t most;
  wake_event wake;

  callback_gate gate;

  std::atomic<bool> closing = false; // the destructor runs, and may wait for the mutex

  std::mutex mutex; // everything down to `input`; never held during a callback or a wait
  std::condition_variable changed;
  bool leaving = false; // DISCONNECT was sent
  bool finished = true; // no thread runs
  bool closed = false;  // the socket has ended
  bool blocked = false; // the socket takes no more now
  bool dozing = false;  // its thread wakes up of itself, early enough for what is published now
  std::optional<byte_stream> stream;
  std::optional<packets::session> session;
  broker_url at;
  int version = 5;
  std::size_t written = 0; // of the session's output
  std::optional<time> flush_at;
  std::vector<packets::publish_end> ended; // not reported yet
  std::uint64_t last_token = 0;

  // Only the connection's thread touches these, and the session's batch.
  receive_buffer input;
  packets::patience patience;
  std::optional<error> broken; // why the connection ends
  std::uint8_t goodbye = 0;    // the reason code that the broker is told

  // ---- with `mutex` held ----
  bool serving() const noexcept { return session && session->connected() && !closed && !leaving; }
  void flush();      // writes what the socket takes
  void flush_soon(); // within the time that publishes are gathered

  // ---- the connection's thread: grouped_connect.cpp ----
  void run();
  void report_lost();
  bool connect(); // true: on_connected was called
  error attempt(bool& may_be_older);
  error await_answer(time deadline, bool& may_be_older);

  // ---- and grouped_loop.cpp ----
  void serve(); // until the connection ends
  // Reads what the socket holds, as far as that is not endless. True: the batch is full, or there is more;
  // false: there is nothing more now, or `broken`.
  bool read(packets::happenings& seen);
  void tell(packets::happenings& seen); // reports, but for the answer to CONNECT
  bool gather();                        // lets the batch grow
  void hand_over();                     // and acknowledges
  void rest(bool for_bytes);            // until something happens
  void leave();
  // Until `until`, a wake-up, the moment at which publishes leave, or the socket can be written again; with
  // `for_bytes` also until it can be read.
  void wait(time until, bool for_bytes);
  bool wanted_away();

  void keep_alive(); // on a thread of its own
};

} // namespace sluice
