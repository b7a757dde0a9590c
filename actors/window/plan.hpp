// What a shard runs for one pipeline: compiled steps and the window. Made by the application from the
// configuration.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "actors/predict/predict_options.hpp"
#include "actors/transform/step_options.hpp"
#include "actors/window/window_options.hpp"
#include "messages/errors.hpp"

namespace sluice {

// A sink that gets only results for which `when` is true.
struct conditional_sink {
  std::string sink;
  std::string when;
};

struct pipeline_plan {
  std::string name;
  std::uint16_t index = 0;  // in the configuration
  std::uint16_t source = 0; // index of its source
  std::string source_name;
  // A pipeline that reads another one: the source at the beginning of the chain, whose SOURCE_UP and
  // SOURCE_DOWN count, and how far its clock runs behind TICK, since results need their time to come: nullopt
  // = it never closes by idleness and forgets nobody.
  std::string root_name; // "" = source_name
  std::optional<std::chrono::milliseconds> lag = std::chrono::milliseconds(0);
  const std::string& link_name() const noexcept { return root_name.empty() ? source_name : root_name; }
  bool shared = false;   // its source may be gone for good, and other processes then go on with its windows
  bool sequence = false; // its source gives sequence numbers
  bool arrival =
      false; // its source gives no time: results say "time_source":"arrival", no device restart rule
  // `key:`; absent = by device, empty = none (one key for all). key_index counts the different keys of the
  // source from 1; 0 = by device.
  std::optional<std::vector<std::string>> key;
  std::uint16_t key_index = 0;
  std::vector<step_options> steps;
  std::optional<window_options> window;     // absent: every event is a result
  std::optional<predict_options> predict;   // of each result
  std::vector<conditional_sink> conditions; // of `to:`
  bool unconditional = true;                // somebody takes every result
  std::string not_to; // sinks that get transitions of alarms only, with commas: no other result
  std::chrono::milliseconds device_forget = std::chrono::hours(24 * 30);
};

} // namespace sluice
