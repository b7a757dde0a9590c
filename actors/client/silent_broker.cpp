#include "actors/client/silent_broker.hpp"

#include <algorithm>
#include <chrono>

#include "actors/client/byte_stream.hpp"

namespace sluice {

namespace {

constexpr auto probe_deadline = std::chrono::milliseconds(3000);

} // namespace

error no_answer(const broker_url& at, const mqtt_connection_options& options) {
  return {ec::timeout, at.text() + ": connected, but no answer to CONNECT within " +
                           std::to_string(options.connect_timeout.count()) + " ms"};
}

error explain_silence(const broker_url& at, const mqtt_connection_options& options, bool timed_out,
                      bool& may_be_older) {
  const auto limit = std::min<std::chrono::milliseconds>(options.connect_timeout, probe_deadline);
  if (auto reached = probe(at, options.tls, limit); !reached) return reached.error();
  if (timed_out) return no_answer(at, options);
  may_be_older = true; // some brokers of 3.1.1 just close
  return {ec::connection_lost, at.text() + ": the broker closed the connection without an answer to CONNECT"};
}

} // namespace sluice
