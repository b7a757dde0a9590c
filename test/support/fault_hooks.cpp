#include "test/support/fault_hooks.hpp"

namespace sluice::faults {

void at(crash_point) noexcept {}
bool off(protection) noexcept {
  return !testing::check_duplicates;
}
bool acknowledge_first(journal&, std::string_view, const message_in&) {
  return false;
}
bool drop_event() noexcept {
  return testing::drop_events > 0 && testing::drop_events-- > 0;
}
bool throw_in_apply() noexcept {
  return testing::throw_in_applies > 0 && testing::throw_in_applies-- > 0;
}
scoring how_to_score(std::string_view) noexcept {
  return testing::next_score.exchange(scoring::well);
}

} // namespace sluice::faults
