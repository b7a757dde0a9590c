// ${VAR}, ${VAR:-default}, ${file:PATH} and $${ in the scalars of a configuration, after YAML has been
// parsed: a value can never change the structure of the file.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "messages/errors.hpp"

namespace sluice::config {

// The world a configuration may look at. Functions, so that tests bring their own.
struct surroundings {
  // The value of an environment variable; nullopt when it is not set.
  std::function<std::optional<std::string>(const std::string& name)> environment;
  // The bytes of a file; an error whose text says why it cannot be read ("No such file or directory").
  std::function<outcome<std::string>(const std::string& path)> read_file;
  // Why a file cannot be opened for reading ("Permission denied"); "" when it can.
  std::function<std::string(const std::string& path)> why_unreadable;
  // True iff others than owner and group may read the file.
  std::function<bool(const std::string& path)> readable_by_all;
  // An unset variable without default is no error; the scalar is marked `unset` and not checked.
  bool allow_unset = false;
  // Look-up tables are read and checked too. A service does that by itself when it starts.
  bool read_tables = true;
};

// The process environment and the file system.
surroundings process_surroundings();

struct interpolated {
  std::string text;
  bool changed = false;     // something was replaced
  bool unset = false;       // allow_unset: a variable without value stood in it
  bool secret = false;      // a file's content is inside
  std::string exposed_file; // a secret file that everybody may read; "" = none
};

// Replaces in `text`. ${VAR:-default} takes the default when VAR is unset or empty; default and PATH may hold
// ${..} themselves, at most 8 deep. The newlines at the end of a file are cut off. Errors (ec::invalid): a
// variable that is not set and has no default, a name that is none, "${" without "}", a file that cannot be
// read (its path is named), a value with a newline or NUL.
outcome<interpolated> interpolate(std::string_view text, const surroundings& world);

} // namespace sluice::config
