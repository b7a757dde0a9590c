// The JSON Schema of a whole configuration, made from the table of built-ins.
#pragma once

#include <string>

namespace sluice {

// Draft 2020-12, one branch per kind of component; ends with a newline.
std::string configuration_schema();

} // namespace sluice
