// Options of one source: where messages come from and how they become events.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "actors/client/mqtt_options.hpp"
#include "actors/ingest/decode_options.hpp"
#include "config/topic_template.hpp"

namespace sluice {

namespace config {
template <class T> class options; // config/option.hpp
} // namespace config

struct mqtt_source_options {
  mqtt_connection_options connection;
  std::vector<config::topic_template> topics; // at least one
  int qos = 1;                                // 0 or 1; 2 is refused by lint
  std::size_t max_message = 256u << 10;       // bytes; a longer payload is dead letter `message.too_large`
  bool accept_retained = true;                // retained: accept | ignore
};

struct source_options {
  std::string name;
  mqtt_source_options mqtt;
  decode_options decode;
};

// The declaration of `mqtt:` of a source.
const config::options<mqtt_source_options>& mqtt_source_table();

} // namespace sluice
