// What `sluice init` writes: a configuration to start from, every block with its comment, and its test file.
#pragma once

#include <string_view>

namespace sluice {

extern const std::string_view starting_configuration;
extern const std::string_view starting_tests;

} // namespace sluice
