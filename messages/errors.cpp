#include "messages/errors.hpp"

namespace sluice {

const char* to_string(ec code) noexcept {
  switch (code) {
  case ec::none:
    return "none";
  case ec::connection_lost:
    return "connection_lost";
  case ec::refused:
    return "refused";
  case ec::timeout:
    return "timeout";
  case ec::throttled:
    return "throttled";
  case ec::quota:
    return "quota";
  case ec::bug:
    return "bug";
  case ec::storage:
    return "storage";
  case ec::corrupt:
    return "corrupt";
  case ec::invalid:
    return "invalid";
  case ec::escalate:
    return "escalate";
  }
  return "unknown";
}

} // namespace sluice
