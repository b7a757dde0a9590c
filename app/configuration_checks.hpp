// Rules between components: names that must exist, devices and sequences that must come from somewhere, keys
// and connections that must not collide.
#pragma once

#include "app/configuration.hpp"
#include "config/interpolate.hpp"
#include "config/yaml_node.hpp"

namespace sluice {

// `root` is the merged document that `c` was read from. Reports; changes nothing.
void check_configuration(const configuration& c, const config::yaml_node& root,
                         const config::surroundings& world, config::report& out);

} // namespace sluice
