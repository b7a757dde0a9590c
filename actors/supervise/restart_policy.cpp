#include "actors/supervise/restart_policy.hpp"

namespace sluice {

end_class classify(ec reason) noexcept {
  switch (reason) {
  case ec::none:
    return end_class::normal;
  case ec::connection_lost:
  case ec::refused:
  case ec::timeout:
  case ec::throttled:
  case ec::quota:
    return end_class::lost;
  case ec::storage:
  case ec::corrupt:
    return end_class::fatal;
  case ec::bug:
  case ec::invalid:
  case ec::escalate:
    return end_class::bug;
  }
  return end_class::bug;
}

restart_decision decide(const restart_limits& limits, restart_kind kind, child_history& history, ec reason,
                        std::int64_t now_ms, double random) {
  using action = restart_decision::action;
  const auto what = classify(reason);
  if (what == end_class::fatal) return {action::die, {}};
  if (kind == restart_kind::temporary) return {action::leave, {}};
  if (what == end_class::normal && kind == restart_kind::transient) return {action::leave, {}};
  if (what == end_class::lost) {
    if (now_ms - history.started_ms >= limits.lost.healthy.count()) history.lost_attempts = 0;
    const auto delay = backoff_delay(limits.lost, history.lost_attempts++, random);
    ++history.restarts;
    return {action::restart, delay};
  }
  // A permanent child that ends normally without being asked is treated as a bug: it would spin otherwise.
  history.bugs_ms.push_back(now_ms);
  while (!history.bugs_ms.empty() && now_ms - history.bugs_ms.front() > limits.period.count())
    history.bugs_ms.pop_front();
  if (history.bugs_ms.size() > limits.intensity) return {action::escalate, {}};
  ++history.restarts;
  return {action::restart, {}};
}

} // namespace sluice
