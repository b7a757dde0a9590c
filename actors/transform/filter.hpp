// The filter step: keeps an event iff its expression is true.
#pragma once

#include <string>

namespace sluice {

struct step_kind;

// filter: EXPR
struct filter_options {
  std::string id;
  std::string expression;
};

step_kind filter_kind();

} // namespace sluice
