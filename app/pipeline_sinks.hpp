// Who gets what of a pipeline: its results go by `to:`, the transitions of an alarm by the alarm's own `to:`,
// where it has one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/configuration.hpp"

namespace sluice {

// The sinks that get something of the pipeline: those of `to:`, then those that get transitions only.
std::vector<std::string> sinks_of(const pipeline_options& p);
bool leads_to(const pipeline_options& p, std::string_view sink);
// The sinks that get the transitions of this alarm of the pipeline.
const std::vector<std::string>& sinks_of(const pipeline_options& p, const alarm_options& alarm) noexcept;
// Those of `all` that `some` lacks, with commas between: result_record::not_to.
std::string missing_in(const std::vector<std::string>& some, const std::vector<std::string>& all);

// Sinks that alarms name and nobody has, or twice; transitions that reach nobody. `node` is the pipeline's
// map.
void check_alarm_sinks(const pipeline_options& p, const configuration& c, const config::yaml_node& node,
                       config::report& out);

} // namespace sluice
