// Why a message, or one element of it, becomes a dead letter.
#pragma once

#include <string>

#include "messages/dead_letter.hpp"

namespace sluice {

struct decode_failure {
  reason why = reason::json_syntax;
  std::string where; // "byte 17" (from 0), "$.temperature", "topic"; of an element "element 3, $.temperature"
  std::string detail;
};

} // namespace sluice
