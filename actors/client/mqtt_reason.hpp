// What a broker's CONNACK and DISCONNECT codes mean for us: class and text. Pure tables (MQTT 3.1.1 3.2.2.3,
// MQTT 5 2.4). `said`: the broker's own words beside the code (MQTT 5), of which the error's text has the
// first 200 bytes.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "actors/client/mqtt_subscription.hpp"
#include "messages/errors.hpp"

namespace sluice {

// The name of an MQTT 5 reason code, with its number: "not authorized (0x87)".
std::string reason_text(int code);
// A refusing CONNACK of `protocol` (4 or 5): refused, throttled (quota, rate, busy) or connection_lost
// (server unavailable).
error connack_error(int protocol, int code, const std::string& url, std::string_view said = {});
// True iff this CONNACK says that the broker does not speak the version we asked for.
bool wrong_version(int code) noexcept;
// A DISCONNECT from the broker: throttled for quota and rates, else connection_lost.
error disconnect_error(int code, const std::string& url, std::string_view said = {});

// What SUBACK did not grant of `asked`, "" = nothing: "a: not authorized (0x87); b: granted QoS 0, want 1".
// `codes` has one byte for each filter.
std::string refused_filters(std::span<const mqtt_subscription> asked, std::string_view codes);
// Why a client takes no further publish.
std::string too_many_wait();

} // namespace sluice
