// Where a Kafka source stands when it starts.
#pragma once

#include <string>

#include "actors/ingest/kafka/kafka_position.hpp"
#include "actors/store/journal.hpp"
#include "actors/store/store.hpp"
#include "messages/errors.hpp"

namespace sluice {

// Behind the last record of each partition: the state knows what is applied, the journal what is not. An
// error may pass where the journal was trimmed meanwhile: ask again. ec::corrupt: a stored position is
// damaged.
outcome<kafka_standings> recall_kafka_positions(const std::string& source, const store& state, journal& log);

} // namespace sluice
