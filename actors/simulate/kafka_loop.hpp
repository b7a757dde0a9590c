// The same for Kafka: publishes what a feed gives when it is due, and does not end before each record is
// acknowledged. One thread; reads the machine's clocks.
#pragma once

#include "actors/client/kafka_options.hpp"
#include "actors/simulate/publish_loop.hpp"

namespace sluice {

// True iff `url` is one of ours: kafka://HOST:PORT, kafkas://HOST:PORT (TLS).
bool is_kafka_url(std::string_view url) noexcept;

// The connection that `options` describe; a user logs in with PLAIN. Errors (ec::invalid) say what is wrong
// with the url.
outcome<kafka_connection_options> kafka_connection_of(const publish_options& options);

// As publish(). A message's topic is TOPIC/KEY, as sources of kind kafka have it.
outcome<publish_progress> publish_to_kafka(const publish_options& options, message_feed& feed,
                                           const std::atomic<bool>& stop, const std::atomic<bool>& abandon,
                                           const publish_listener& tell);

} // namespace sluice
