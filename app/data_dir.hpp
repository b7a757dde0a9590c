// Finding, making and owning the data directory of a service.
#pragma once

#include <string>

#include "messages/errors.hpp"

namespace sluice {

// `given` if not empty, else service.data_dir of `config` (default /etc/sluice/sluice.yaml); no secret needs
// to be set for it. Errors (ec::invalid): the configuration cannot be read.
outcome<std::string> find_data_dir(const std::string& given, const std::string& config);

// Makes DIR (0700) and takes its lock for the life of the process. Errors: ec::storage; ec::refused when
// another process has it.
outcome<void> own_data_dir(const std::string& dir);

} // namespace sluice
