#include "actors/store/journal_clock.hpp"

#include <ctime>

namespace sluice {

namespace {

constexpr std::int64_t most_disagreement_ms = 5 * 60 * 1000;

std::int64_t read(clockid_t id) noexcept {
  timespec t{};
  ::clock_gettime(id, &t);
  return t.tv_sec * 1000 + t.tv_nsec / 1'000'000;
}

class machine_clocks final : public clock_source {
public:
  std::int64_t wall_ms() const noexcept override { return read(CLOCK_REALTIME); }
  std::int64_t steady_ms() const noexcept override { return read(CLOCK_BOOTTIME); }
};

} // namespace

const clock_source& system_clock_source() noexcept {
  static const machine_clocks clocks;
  return clocks;
}

journal_clock::journal_clock(const clock_source& source) noexcept
    : source_(source), base_ms_(source.wall_ms() - source.steady_ms()), last_(source.wall_ms()) {}

void journal_clock::set_floor(std::int64_t floor_ms) noexcept {
  const auto short_of = floor_ms - (base_ms_.load() + source_.steady_ms());
  if (short_of > 0) base_ms_.fetch_add(short_of);
  now_ms();
}

std::int64_t journal_clock::now_ms() noexcept {
  const auto now = base_ms_.load(std::memory_order_relaxed) + source_.steady_ms();
  auto seen = last_.load(std::memory_order_relaxed);
  while (now > seen)
    if (last_.compare_exchange_weak(seen, now, std::memory_order_relaxed)) return now;
  return seen;
}

bool journal_clock::trusted() noexcept {
  const auto apart = source_.wall_ms() - now_ms();
  return apart <= most_disagreement_ms && apart >= -most_disagreement_ms;
}

} // namespace sluice
