// The rules of a source that its parts do not know of each other: what its topics or paths give, and what its
// decoder.
#pragma once

#include "app/configuration.hpp"
#include "config/report.hpp"
#include "config/yaml_node.hpp"

namespace sluice {

// `node`: the source's map. Every event needs a device and a bare value a name; a name comes from one place;
// only Kafka has times of its own.
void check_source(const source_options& source, const config::yaml_node& node, config::report& out);

} // namespace sluice
