// ThingsBoard stores by (device, key, time): rules against pipelines that would overwrite each other there,
// and against keys it acknowledges and then loses.
#pragma once

#include "app/configuration.hpp"
#include "config/yaml_node.hpp"

namespace sluice {

// `root` is the merged document that `c` was read from.
void check_thingsboard(const configuration& c, const config::yaml_node& root, config::report& out);

} // namespace sluice
