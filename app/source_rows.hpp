// The sources as rows of their supervisor.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "actors/supervise/supervisor_actor.hpp"
#include "app/wiring.hpp"

namespace sluice {

// How long a handler of a source may run before its actor counts as hung.
inline constexpr std::chrono::milliseconds source_limit{20000};

inline child_spec child_row(std::string name, std::function<component_actor(caf::actor_system&)> make) {
  child_spec spec;
  spec.name = std::move(name);
  spec.make = std::move(make);
  return spec;
}

// `parts` and `source` outlive the rows.
std::vector<child_spec> source_rows_of(const service_parts& parts, const source_options& source);

} // namespace sluice
