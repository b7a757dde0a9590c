#include "messages/control.hpp"

namespace sluice {

const char* to_string(control_kind kind) noexcept {
  switch (kind) {
  case control_kind::tick:
    return "tick";
  case control_kind::start:
    return "start";
  case control_kind::source_up:
    return "source_up";
  case control_kind::source_down:
    return "source_down";
  case control_kind::source_end:
    return "source_end";
  case control_kind::session:
    return "session";
  case control_kind::config:
    return "config";
  case control_kind::model:
    return "model";
  case control_kind::release:
    return "release";
  case control_kind::table:
    return "table";
  case control_kind::partition:
    return "partition";
  case control_kind::unavailable:
    return "unavailable";
  case control_kind::pubrel:
    return "pubrel";
  }
  return "unknown";
}

} // namespace sluice
