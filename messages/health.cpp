#include "messages/health.hpp"

namespace sluice {

const char* to_string(health_level level) noexcept {
  switch (level) {
  case health_level::ok:
    return "ok";
  case health_level::degraded:
    return "degraded";
  case health_level::failed:
    return "failed";
  }
  return "failed";
}

} // namespace sluice
