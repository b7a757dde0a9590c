// The file of a configuration, or the files of a folder, as one document.
#pragma once

#include <string>

#include "config/yaml_tree.hpp"

namespace sluice {

struct configuration_document {
  config::yaml_node root; // a map
  bool complete = true;   // false: a file could not be read or parsed, so that what is absent may stand there
};

// Reads `path`: a file, or all *.yaml and *.yml of a folder in the order of their names. Blocks of the same
// name (`sources:`) are merged; a name inside given twice is an error at the second that names the first.
// Keys of the top level that begin with "x-" are left out: they are the place for YAML anchors. Errors go to
// `out`.
configuration_document read_configuration_files(const std::string& path, const config::surroundings& world,
                                                config::secret_values& secrets, config::report& out);

} // namespace sluice
