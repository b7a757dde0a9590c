// The address of an MQTT broker as users write it: mqtt://HOST[:1883], mqtts://HOST[:8883], IPv6 in brackets.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "messages/errors.hpp"

namespace sluice {

struct broker_url {
  bool tls = false;
  std::string host; // without brackets
  std::uint16_t port = 0;

  // Reads what complete_mqtt_url() accepts. Errors (ec::invalid) say what is wrong with `text`.
  static outcome<broker_url> parse(std::string_view text);
  // "mqtts://host:8883", as error texts name it.
  std::string text() const;
  // "ssl://host:8883", as Paho wants it.
  std::string paho() const;
};

} // namespace sluice
