// The typed parameters of a template: their declarations, and the values of one use.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/option.hpp"

namespace sluice::config {

struct template_parameter {
  yaml_node key;
  std::string type; // "" = its declaration is wrong, and that is said: no value is judged
  std::optional<yaml_node> fallback;
};

// Reads `parameters:`, each `NAME: TYPE` or `NAME: { type, default, description }`; `where` is its full name.
std::vector<template_parameter> read_parameters(const yaml_node& map, const std::string& where, reader& in);

// The values of one use by name: given or default. Unknown, missing and wrong ones are reported; those are
// unset.
std::map<std::string, yaml_node> read_arguments(const yaml_node& map, const std::string& where,
                                                const std::vector<template_parameter>& parameters,
                                                reader& in);

} // namespace sluice::config
