// Options of the `window:` step.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "actors/window/aggregate_options.hpp"
#include "actors/window/window_length.hpp"

namespace sluice {

namespace config {
template <class T> class options; // config/option.hpp
struct yaml_node;
struct reader;
class secret_values;
} // namespace config

enum class late_policy : std::uint8_t { dead_letter, drop };

enum class window_kind : std::uint8_t { tumbling, hopping, session, count, running };

struct window_options {
  std::string id; // default "window-1"
  window_kind kind = window_kind::tumbling;
  window_length size;               // tumbling, hopping
  window_length every;              // hopping, running; 0 = a running result after each event
  std::chrono::milliseconds gap{0}; // session
  std::uint64_t count = 0;          // events of a count window
  std::string timezone = "UTC";     // of tumbling, hopping and running windows of days, weeks, months, years
  std::chrono::milliseconds offset{0}; // by which their starts are later
  std::chrono::milliseconds watermark_delay{10000};
  std::chrono::milliseconds allowed_lateness{0}; // default 8 x size or every, filled in by the configuration
  std::optional<std::chrono::milliseconds> idle = std::chrono::minutes(2); // nullopt = never
  late_policy late = late_policy::dead_letter;
  std::vector<aggregate_spec> aggregates; // in the order of the file
};

// True iff its windows have no place in time but follow the journal: count, and running after each event.
inline bool counts_events(const window_options& o) noexcept {
  return o.kind == window_kind::count || (o.kind == window_kind::running && o.every.amount() == 0);
}

// The declaration of `window:`. read_window also makes the checks between options and fills in the default of
// allowed_lateness; print_window leaves out what says nothing: other kinds, zone UTC, no offset.
const config::options<window_options>& window_table();
void read_window(const config::yaml_node& map, window_options& into, config::reader& in);
config::yaml_node print_window(const window_options& from, const config::secret_values& secrets);

} // namespace sluice
