// Results that steps make themselves (an alarm's transition) become records of their pipeline.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "actors/transform/steps.hpp"
#include "actors/window/plan.hpp"
#include "actors/window/result_json.hpp"
#include "messages/checkpoint.hpp"

namespace sluice {

struct step_cause {
  std::string_view key; // the device, or canonical JSON
  std::uint64_t sequence = 0;
  std::uint32_t index = 0;
};

// Moves steps.results() behind `out`: all of them or, when it throws, none. Returns how many. `json` is
// reused.
std::size_t append_step_results(steps& from, const pipeline_plan& plan, const result_frame& frame,
                                const step_cause& by, text_buffer& json, std::vector<result_record>& out);

} // namespace sluice
