// Options of one source: where messages come from and how they become events.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "actors/client/mqtt_options.hpp"
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

enum class time_unit { s, ms, us, ns };

// time: $.t | {path, unit} | {path, format, zone} (later) | arrival
struct time_options {
  bool arrival = true;
  std::string path;               // "$.t"; "" with arrival
  time_unit unit = time_unit::ms; // of a numeric time; a text time is RFC 3339
};

// One entry of an explicit field map: name -> path.
struct field_path {
  std::string name;
  std::string path;
};

struct json_options {
  time_options time;
  std::string sequence_path;      // "" = no sequence in the payload
  std::string device_path;        // "" = the device comes from the topic
  std::vector<field_path> fields; // empty = every number, boolean and string of the payload's top level
  unsigned max_depth = 32;
  unsigned max_keys = 1000;
};

struct decode_options {
  json_options json;
  std::optional<std::chrono::milliseconds> future = std::chrono::minutes(5); // nullopt = off
  std::int64_t oldest_ms = 946684800000;                                     // 2000-01-01T00:00:00Z
};

struct source_options {
  std::string name;
  mqtt_source_options mqtt;
  decode_options decode;
};

// Declarations of `mqtt:` and `decode:` of a source.
const config::options<mqtt_source_options>& mqtt_source_table();
const config::options<decode_options>& decode_table();

} // namespace sluice
