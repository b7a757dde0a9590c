// The steps select, rename and drop: which fields there are from here on, and
// their names. They cost nothing per event: only the compiler knows them.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace sluice {

struct step_kind;

// select: [NAME, ..]
struct select_options {
  std::string id;
  std::vector<std::string> fields;
};

// rename: { NEW: OLD, .. }, all at once: two fields may change places.
struct rename_options {
  std::string id;
  std::vector<std::pair<std::string, std::string>> fields; // new, old
};

// drop: [NAME, ..]
struct drop_options {
  std::string id;
  std::vector<std::string> fields;
};

step_kind select_kind();
step_kind rename_kind();
step_kind drop_kind();

} // namespace sluice
