// Options of the steps before the window, as written in the file: one struct
// per kind, each beside its step.
#pragma once

#include <string>
#include <variant>

#include "actors/transform/alarm_step.hpp"
#include "actors/transform/deduplicate_step.hpp"
#include "actors/transform/derive.hpp"
#include "actors/transform/filter.hpp"
#include "actors/transform/latest_step.hpp"
#include "actors/transform/lookup_step.hpp"
#include "actors/transform/on_change_step.hpp"
#include "actors/transform/projection.hpp"

namespace sluice {

using step_options =
    std::variant<filter_options, derive_options, select_options, rename_options, drop_options,
                 deduplicate_options, latest_options, on_change_options, lookup_options, alarm_options>;

// The name by which a step's state and counters are found; default "filter-1", ..
inline std::string& id_of(step_options& options) {
  return std::visit([](auto& o) -> std::string& { return o.id; }, options);
}
inline const std::string& id_of(const step_options& options) {
  return std::visit([](const auto& o) -> const std::string& { return o.id; }, options);
}

} // namespace sluice
