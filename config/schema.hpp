// JSON Schema (draft 2020-12) of options, made from their declarations: what an editor completes and
// underlines while `sluice lint` is not yet run.
#pragma once

#include <nlohmann/json.hpp>

#include "config/option.hpp"

namespace sluice::config {

using json_schema = nlohmann::ordered_json;

// The values of one option. A value may always be a text with ${VAR} or $(PARAMETER) in it. A type the
// generator does not know allows anything: the schema never refuses what lint accepts.
json_schema schema_of(const option_info& option);
// A map with these options and no others.
json_schema schema_of(const std::vector<option_info>& options);

} // namespace sluice::config
