// What would fail only once the service starts, as far as it can be known before.
#pragma once

#include "app/configuration.hpp"
#include "config/interpolate.hpp"

namespace sluice {

// Reports: a data directory whose control socket gets too long a path, or that stands behind something that
// is no folder; two MQTT clients of one id at one broker, the ids we make ourselves included; TLS files that
// hold no certificate or key. What this user may not write is a warning: the service may run as another one.
// `c.in_force` must be there.
void check_start(const configuration& c, const config::yaml_node& root, const config::surroundings& world,
                 config::report& out);

} // namespace sluice
