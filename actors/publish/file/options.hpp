// Options of the file sink.
#pragma once

#include <string>

namespace sluice {

namespace config {
template <class T> class options; // config/option.hpp
} // namespace config

struct file_options {
  std::string path; // strftime placeholders (%Y-%m-%d..) rotate by time of writing, UTC
};

// The declaration of `file:`.
const config::options<file_options>& file_table();

} // namespace sluice
