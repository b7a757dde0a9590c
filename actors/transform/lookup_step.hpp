// The step lookup as it stands in a configuration.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "actors/transform/lookup_table.hpp"

namespace sluice {

struct step_kind;

// lookup: { csv: { path: rooms.csv, key: room, columns: [floor] }, prefix: room_, missing: keep }
struct lookup_options {
  std::string id;
  struct csv_options {
    std::string path;
    std::string separator = ",";
    std::vector<std::pair<std::string, std::string>> key; // column, field
    std::vector<std::string> columns;
  } csv;
  std::string prefix;
  enum class policy { keep, drop, dead_letter } missing = policy::keep;

  table_spec spec() const;
};

step_kind lookup_kind();

} // namespace sluice
