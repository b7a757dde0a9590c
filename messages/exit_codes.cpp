#include "messages/exit_codes.hpp"

#include <cstdio>
#include <cstdlib>

namespace sluice {

void exit_now(exit_code code, const char* why) noexcept {
  std::fprintf(stderr, "sluice: fatal: %s (exit %d)\n", why, static_cast<int>(code));
  std::fflush(stderr);
  std::_Exit(code);
}

} // namespace sluice
