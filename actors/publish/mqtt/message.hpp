// Turns an outbox record into the PUBLISH it leaves as.
#pragma once

#include <string>

#include <tl/expected.hpp>

#include "actors/client/mqtt_publish.hpp"
#include "actors/publish/mqtt/options.hpp"
#include "actors/publish/result_fields.hpp"
#include "messages/outbox_record.hpp"

namespace sluice {

// Returns the publish of `record`: topic with every placeholder replaced ({pipeline}, {device}, fields of the
// key, then outputs of `values`), user properties sluice-id and revision first. A level must be 1 byte at
// least and hold no / + # and no control character.
tl::expected<mqtt_publish, no_place> mqtt_message_of(const mqtt_sink_options& options,
                                                     const outbox_record& record);

// Bytes of the MQTT PUBLISH packet, at most (MQTT 5, 3.3).
std::size_t packet_bytes(const mqtt_publish& message);

} // namespace sluice
