#include "actors/supervise/watchdog.hpp"

#include <condition_variable>

namespace sluice {

watchdog::watchdog(hung_handler hung) : handler_(std::move(hung)) {}

watchdog::~watchdog() {
  stop();
}

watchdog_slot* watchdog::add(std::string name, std::chrono::milliseconds limit, bool fatal) {
  std::lock_guard lock(mutex_);
  for (auto& s : slots_)
    if (s.name() == name) return &s; // a restarted child takes its slot again
  return &slots_.emplace_back(std::move(name), limit, fatal);
}

void watchdog::look(std::int64_t now_ms, std::int64_t expected_gap_ms) {
  std::lock_guard lock(mutex_);
  // The process itself stood still (SIGSTOP): nobody is to blame for that time.
  const bool stood_still = last_look_ms_ != 0 && now_ms - last_look_ms_ > 4 * expected_gap_ms;
  last_look_ms_ = now_ms;
  for (auto& s : slots_) {
    const auto work = s.work_.load(std::memory_order_relaxed);
    if (work % 2 == 0 || work != s.seen_ || stood_still) {
      s.seen_ = work;
      s.seen_ms_ = now_ms;
      s.reported_ = false;
      continue;
    }
    const auto for_ms = now_ms - s.seen_ms_;
    if (for_ms >= 2 * s.limit_.count() && s.fatal_) handler_(s, for_ms, true);
    if (for_ms >= s.limit_.count() && !s.reported_) {
      s.reported_ = true;
      handler_(s, for_ms, false);
    }
  }
}

std::vector<std::string> watchdog::hung() const {
  std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& s : slots_)
    if (s.reported_) names.push_back(s.name());
  return names;
}

void watchdog::start(std::chrono::milliseconds every) {
  thread_ = std::jthread([this, every](std::stop_token stop) {
    std::mutex m;
    std::condition_variable_any cv;
    while (!stop.stop_requested()) {
      const auto now = std::chrono::steady_clock::now().time_since_epoch();
      look(std::chrono::duration_cast<std::chrono::milliseconds>(now).count(), every.count());
      std::unique_lock lock(m);
      cv.wait_for(lock, stop, every, [] { return false; });
    }
  });
}

void watchdog::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

} // namespace sluice
