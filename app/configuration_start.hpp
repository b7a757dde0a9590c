// What would fail only once the service starts, as far as it can be known before.
#pragma once

#include "app/configuration.hpp"
#include "config/interpolate.hpp"

namespace sluice {

// Reports: a data directory whose control socket gets too long a path, or that stands behind something that
// is no folder; files of sinks that cannot be made, are no files, or are one file for two; two MQTT clients
// of one id at one broker, the ids we make ourselves included; TLS files that hold no usable certificate, or
// no key that fits it. What this user may not write, and what has expired, is a warning: the service may run
// as another one, or later. `c.in_force` must be there.
void check_start(const configuration& c, const config::yaml_node& root, const config::surroundings& world,
                 config::report& out);

} // namespace sluice
