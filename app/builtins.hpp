// The table of built-in components: one row per kind of source, step and sink. Adding a component adds its
// row here.
#pragma once

#include <variant>
#include <vector>

#include "app/configuration.hpp"
#include "config/component_row.hpp"
#include "config/reference.hpp"

namespace sluice {

using any_step = std::variant<step_options, window_options, predict_options>;
using any_sink = decltype(sink_options::kind);

const std::vector<config::component_row<source_options>>& source_rows();
const std::vector<config::component_row<any_step>>& step_rows();
const std::vector<config::component_row<any_sink>>& sink_rows();

// Everything a configuration may hold, in the order of config/README.md.
std::vector<config::reference_section> reference_sections();

} // namespace sluice
