// Reads YAML text into yaml_nodes with places. The only file pair that includes yaml-cpp.
#pragma once

#include <string>
#include <string_view>

#include "config/interpolate.hpp"
#include "config/report.hpp"
#include "config/secret.hpp"
#include "config/yaml_node.hpp"

namespace sluice::config {

// Parses one document and interpolates its scalars (values only, never keys). `file` names it in places.
// Anchors, aliases and << merge keys are resolved; a node behind an alias keeps the place where it was
// written. A bare or empty value is null and stands at its key. Errors go to `out`: no YAML, not UTF-8, a
// second document, a duplicate key, a quote that is never closed (yaml-cpp takes the rest of the file), a key
// that is no text, an unknown tag, more than 64 levels or 100 000 nodes, and whatever interpolate() finds.
// The text of every scalar with ${file:..} is added to `secrets`. Returns what could be read; null when
// nothing could.
yaml_node parse_yaml(std::string_view text, const std::string& file, const surroundings& world,
                     secret_values& secrets, report& out);

} // namespace sluice::config
