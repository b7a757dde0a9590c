// Options of one source: where messages come from and how they become events.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "actors/client/mqtt_options.hpp"
#include "actors/ingest/decode_options.hpp"
#include "actors/ingest/file/file_options.hpp"
#include "actors/ingest/kafka/kafka_source_options.hpp"
#include "config/topic_template.hpp"

namespace sluice {

namespace config {
template <class T> class options; // config/option.hpp
} // namespace config

inline constexpr unsigned most_connections = 16; // of one source; the journal has a byte for the number

struct mqtt_source_options {
  mqtt_connection_options connection;
  unsigned connections = 1;                   // each with a client id, a session and a thread of its own
  std::vector<config::topic_template> topics; // at least one
  int qos = 1;                                // 2: with the grouped client only
  std::size_t max_message =
      256u << 10;              // bytes, with user properties; more is dead letter `message.too_large`
  bool accept_retained = true; // retained: accept | ignore
};

// The results of another pipeline: an internal source, made where a pipeline's `from:` names one.
struct pipeline_source_options {
  std::string pipeline;
};

struct source_options {
  std::string name;
  std::variant<mqtt_source_options, file_source_options, kafka_source_options, pipeline_source_options> kind;
  decode_options decode;

  // The options of that kind; null for a source of another one.
  mqtt_source_options* mqtt() noexcept { return std::get_if<mqtt_source_options>(&kind); }
  const mqtt_source_options* mqtt() const noexcept { return std::get_if<mqtt_source_options>(&kind); }
  file_source_options* file() noexcept { return std::get_if<file_source_options>(&kind); }
  const file_source_options* file() const noexcept { return std::get_if<file_source_options>(&kind); }
  kafka_source_options* kafka() noexcept { return std::get_if<kafka_source_options>(&kind); }
  const kafka_source_options* kafka() const noexcept { return std::get_if<kafka_source_options>(&kind); }
};

// The names of a source's components: "source.NAME", of several connections "source.NAME#1" and so on.
std::vector<std::string> source_components(const source_options& source);
// The client ids of an MQTT source's connections: `client_id`, or SERVICE-NAME; behind it -2, -3 and so on
// for further ones, so that the first one's session outlives a change of their number.
std::vector<std::string> client_ids(const std::string& service, const source_options& source);

// The declaration of `mqtt:` of a source.
const config::options<mqtt_source_options>& mqtt_source_table();

} // namespace sluice
