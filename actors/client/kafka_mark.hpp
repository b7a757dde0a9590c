// How far the transactions of a sink have come, as the cluster has it.
#pragma once

#include <chrono>
#include <optional>

#include "actors/client/kafka_options.hpp"
#include "actors/client/kafka_record.hpp"
#include "messages/errors.hpp"

namespace sluice {

// The mark of the last transaction that was committed; nullopt: there is none. Errors (connection_lost):
// nobody answers within `wait`, or a transaction of that group is not at its end yet.
outcome<std::optional<kafka_mark>> read_kafka_mark(const kafka_connection_options& connection,
                                                   const kafka_mark_place& place,
                                                   std::chrono::milliseconds wait);

} // namespace sluice
