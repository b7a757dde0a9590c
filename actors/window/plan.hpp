// What a shard runs for one pipeline: compiled steps and the window. Made by the application from the
// configuration.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "actors/transform/step_options.hpp"
#include "actors/window/window_options.hpp"
#include "messages/errors.hpp"

namespace sluice {

struct pipeline_plan {
  std::string name;
  std::uint16_t index = 0;  // in the configuration
  std::uint16_t source = 0; // index of its source
  std::string source_name;
  bool sequence = false; // its source gives sequence numbers
  bool arrival =
      false; // its source gives no time: results say "time_source":"arrival", no device restart rule
  // `key:`; absent = by device, empty = none (one key for all). key_index counts the different keys of the
  // source from 1; 0 = by device.
  std::optional<std::vector<std::string>> key;
  std::uint16_t key_index = 0;
  std::vector<step_options> steps;
  std::optional<window_options> window; // absent: every event is a result
  std::chrono::milliseconds device_forget = std::chrono::hours(24 * 30);
};

} // namespace sluice
