// What `sluice train` takes from a configuration: the service, and the models beside it, of which a service
// only checks that they are valid.
#pragma once

#include <string>
#include <vector>

#include "actors/learn/model_options.hpp"
#include "app/configuration.hpp"

namespace sluice {

struct training_configuration {
  configuration service;
  std::vector<model_options> models;
  // Of each of `models` the values with an unset variable (allow_unset): it cannot be trained.
  std::vector<std::vector<config::place>> unset;
};

// Reads all of it, as load_configuration does.
training_configuration load_training_configuration(const std::string& path, const load_flags& flags,
                                                   config::report& out);

} // namespace sluice
