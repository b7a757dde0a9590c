// How messages of a source become events.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

namespace config {
template <class T> class options; // config/option.hpp
} // namespace config

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

// The declaration of `decode:`.
const config::options<decode_options>& decode_table();

} // namespace sluice
