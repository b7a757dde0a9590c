// Turns an outbox record into the Kafka record it leaves as.
#pragma once

#include <tl/expected.hpp>

#include "actors/client/kafka_record.hpp"
#include "actors/publish/kafka/options.hpp"
#include "actors/publish/result_fields.hpp"
#include "messages/outbox_record.hpp"

namespace sluice {

// Topic and key with every placeholder replaced, headers sluice-id and revision first.
tl::expected<kafka_record, no_place> kafka_record_of(const kafka_sink_options& options,
                                                     const outbox_record& record);

} // namespace sluice
