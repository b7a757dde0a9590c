#include "messages/faults.hpp"

namespace sluice::faults {

void at(crash_point) noexcept {}
bool off(protection) noexcept {
  return false;
}
bool acknowledge_first(journal&, std::string_view, const message_in&) {
  return false;
}
bool drop_event() noexcept {
  return false;
}
bool throw_in_apply() noexcept {
  return false;
}
scoring how_to_score(std::string_view) noexcept {
  return scoring::well;
}

} // namespace sluice::faults
