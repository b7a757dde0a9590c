// Options of the `window:` step.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "actors/window/aggregate_options.hpp"

namespace sluice {

namespace config {
template <class T> class options; // config/option.hpp
struct yaml_node;
struct reader;
} // namespace config

enum class late_policy : std::uint8_t { dead_letter, drop };

struct window_options {
  std::string id;                    // default "window-1"
  std::chrono::milliseconds size{0}; // tumbling
  std::chrono::milliseconds watermark_delay{10000};
  std::chrono::milliseconds allowed_lateness{0}; // default 8 x size, filled in by the configuration
  std::optional<std::chrono::milliseconds> idle = std::chrono::minutes(2); // nullopt = never
  late_policy late = late_policy::dead_letter;
  std::vector<aggregate_spec> aggregates; // in the order of the file
};

// The declaration of `window:`. read_window also fills in the default of allowed_lateness, 8 x size.
const config::options<window_options>& window_table();
void read_window(const config::yaml_node& map, window_options& into, config::reader& in);

} // namespace sluice
