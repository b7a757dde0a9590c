// The derive step: new fields by expressions, in the order of the file; a later one may use an earlier one.
#pragma once

#include <string>
#include <vector>

namespace sluice {

struct step_kind;

// derive: { NAME: EXPR, .. }
struct derive_options {
  std::string id;
  struct field {
    std::string name;
    std::string expression;
  };
  std::vector<field> fields;
};

step_kind derive_kind();

} // namespace sluice
