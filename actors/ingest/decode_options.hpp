// How messages of a source become events.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "messages/value.hpp"

namespace sluice {

enum class time_unit { s, ms, us, ns };

// time: $.t | {path, unit} | {path, format, zone} | arrival. Tables have a column in place of the path.
struct time_options {
  bool arrival = true;
  std::string path = {};          // "$.t", or a column; "" with arrival
  time_unit unit = time_unit::ms; // of a numeric time
  std::string format = {};        // of a text time, in strptime's letters; "" = RFC 3339
  std::string zone = {};          // of a text time without offset; "" = UTC
  bool record = false;            // kafka.timestamp, with arrival for a record without one
};

// The contract of one field: where it stands and what it must be.
struct field_path {
  std::string name;
  std::string path;                          // or column, or name in the payload
  value_type type = value_type::missing;     // missing = as found
  std::string unit = {}, from = {};          // of the field, of the payload; "" = not said
  std::optional<double> low = {}, high = {}; // inclusive, in `unit`
  bool missing_when_bad = false;             // on_bad: missing, else dead_letter
};

// What every format has.
struct event_options {
  time_options time;
  std::string sequence_path;      // "" = no sequence in the payload
  std::string device_path;        // "" = the device comes from the topic
  std::vector<field_path> fields; // empty = every number, boolean and text
};

struct json_options : event_options {
  std::string each;     // "$.readings[*]"; "" = the payload is one event
  unsigned flatten = 4; // levels of nested objects whose values are fields a_b; 1 = the top level only
  unsigned max_depth = 32;
  unsigned max_keys = 1000;
};

// One line of columns.
struct delimited_options : event_options {
  std::vector<std::string> columns; // in order; "_" is left out
  char separator = ';';
  char decimal = '.';
};

// RFC 4180.
struct csv_options : event_options {
  std::vector<std::string> columns; // empty = the header says
  char separator = ',';
  char decimal = '.';
};

// A bare number, boolean or text.
struct value_options : event_options {
  std::string field; // "" = {field} of the topic
};

// RFC 8428, and the object form before it.
struct senml_options : event_options {
  enum class device_from { topic, base_name, entry } device = device_from::topic;
  std::string entry;                   // the entry whose text is the device, without "entry:"
  time_unit base_unit = time_unit::ms; // of the object form's times
  std::string after;                   // what the SenML stands behind, e.g. ","; "" = it is the whole payload
};

// The payload as it is.
struct raw_options : event_options {
  bool topic = false;      // the field topic beside it
  bool properties = false; // the field properties: user properties or headers as JSON
};

enum class compression { none, gzip, zstd, automatic };

struct decode_options {
  enum class format { json, delimited, csv, value, senml, raw };
  format kind = format::json;
  bool lines = false; // each line of the payload is one of `kind`
  json_options json;  // the one of `kind` holds
  delimited_options delimited;
  csv_options csv;
  value_options value;
  senml_options senml;
  raw_options raw;
  // Fields made of user properties (MQTT 5) or headers (Kafka): name of the field, of the property.
  std::vector<std::pair<std::string, std::string>> properties;
  compression inflate = compression::none;
  std::size_t max_events = 10'000;                                           // of one message
  std::optional<std::chrono::milliseconds> future = std::chrono::minutes(5); // nullopt = off
  std::int64_t oldest_ms = 946684800000;                                     // 2000-01-01T00:00:00Z

  // What all formats have, of the one that holds.
  const event_options& event() const noexcept;
  // True iff the payload names its device.
  bool names_device() const noexcept;
  bool carries_time() const noexcept;
};

} // namespace sluice
