// The whole configuration of a service, parsed and validated: what wiring spawns from.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "actors/ingest/source_options.hpp"
#include "actors/predict/predict_options.hpp"
#include "actors/publish/file/options.hpp"
#include "actors/publish/kafka/options.hpp"
#include "actors/publish/mqtt/options.hpp"
#include "actors/publish/thingsboard/options.hpp"
#include "actors/transform/step_options.hpp"
#include "actors/window/window_options.hpp"
#include "config/report.hpp"
#include "config/service_options.hpp"
#include "config/yaml_node.hpp"

namespace sluice {

namespace config {
struct surroundings;
} // namespace config

struct pipeline_options {
  std::string name;
  config::place at; // where the file names it
  std::string from; // a source, or another pipeline
  // What windows and memory are kept by: fields of the event; nullopt = the device, empty = one key for all.
  std::optional<std::vector<std::string>> key;
  std::vector<step_options> steps;        // before the window
  std::vector<std::size_t> step_items;    // where each of them stands in the file's list
  std::optional<window_options> window;   // absent: every event is a result
  std::optional<predict_options> predict; // behind the window; absent: results leave as they are
  std::chrono::milliseconds device_forget = std::chrono::hours(24 * 30);
  std::vector<std::string> to;   // sinks; none only where another pipeline reads it
  std::vector<std::string> when; // in step with `to`: the condition of a result, "" = every one
  std::string meaning;           // canonical text of what gives state its meaning (from, device, time, steps,
                                 // window, aggregates): hashed for the changed-configuration rule
};

struct sink_options {
  std::string name;
  std::variant<thingsboard_options, file_options, mqtt_sink_options, kafka_sink_options> kind;
};

// The MQTT connection of a sink that publishes over one, else null.
const mqtt_connection_options* connection_of(const sink_options& sink) noexcept;

struct configuration {
  config::service_options service;
  std::vector<source_options> sources;
  std::vector<pipeline_options> pipelines;
  std::vector<sink_options> sinks;
  config::place at; // the beginning of the first file
  // Values with an unset variable (load_flags::allow_unset) where they decide what is computed: what runs
  // pipelines without connecting to anything must refuse them.
  std::vector<config::place> unset_meaning;
  config::yaml_node in_force; // everything in force, defaults included, secrets as "***"
  std::string redacted;       // canonical YAML text of in_force
};

struct load_flags {
  bool allow_unset = false; // lint --allow-unset: ${VAR} without value and default is no error
  bool read_tables = true;  // look-up tables are read and checked; a service does that when it starts
};

// Reads a file, or a folder of *.yaml and *.yml merged by name, interpolates and validates everything. All
// errors of all files are in `out`, sorted by file, line and column; the configuration is usable iff
// out.empty(). Environment and files are those of the process, or of `world`.
configuration load_configuration(const std::string& path, const load_flags& flags, config::report& out);

configuration load_configuration_in(const std::string& path, const config::surroundings& world,
                                    config::report& out);

} // namespace sluice
