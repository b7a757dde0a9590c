// What of a file source depends on the rest of the configuration.
#pragma once

#include "app/configuration.hpp"
#include "config/yaml_node.hpp"

namespace sluice {

// Reports: a file sink that writes what `source` reads (an endless loop); of a finite source, defaults that
// are made for live traffic (warnings). `root` is the whole document.
void check_file_source(const source_options& source, const configuration& c, const config::yaml_node& root,
                       config::report& out);

} // namespace sluice
