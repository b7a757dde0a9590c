// A plain thread that notices hung actors: every handler marks its slot busy; busy for longer than its limit
// is reported, twice the limit aborts the process where the slot says so (a restart costs less than a second,
// a hung thread cannot be killed). A stop of the whole process (SIGSTOP, suspend) is forgiven: all slots
// start anew.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace sluice {

class watchdog_slot {
public:
  watchdog_slot(std::string name, std::chrono::milliseconds limit, bool fatal)
      : name_(std::move(name)), limit_(limit), fatal_(fatal) {}
  const std::string& name() const noexcept { return name_; }
  std::chrono::milliseconds limit() const noexcept { return limit_; }
  bool fatal() const noexcept { return fatal_; }

private:
  friend class busy;
  friend class watchdog;
  std::string name_;
  std::chrono::milliseconds limit_;
  bool fatal_;
  std::atomic<std::uint64_t> work_{0}; // odd = busy; each begin and end adds one
  // The watchdog thread's own:
  std::uint64_t seen_ = 0;
  std::int64_t seen_ms_ = 0;
  bool reported_ = false;
};

// Marks a slot busy for its own life. Costs two relaxed atomic additions.
class busy {
public:
  explicit busy(watchdog_slot* slot) noexcept : slot_(slot) {
    if (slot_) slot_->work_.fetch_add(1, std::memory_order_relaxed);
  }
  ~busy() {
    if (slot_) slot_->work_.fetch_add(1, std::memory_order_relaxed);
  }
  busy(const busy&) = delete;
  busy& operator=(const busy&) = delete;

private:
  watchdog_slot* slot_;
};

class watchdog {
public:
  // `hung(slot, for_ms, fatal)` is called from the watchdog's thread, once per hang, and again with fatal =
  // true at twice the limit of a fatal slot.
  using hung_handler = std::function<void(const watchdog_slot&, std::int64_t for_ms, bool fatal)>;
  explicit watchdog(hung_handler hung);
  ~watchdog();

  // The slot lives as long as the watchdog.
  watchdog_slot* add(std::string name, std::chrono::milliseconds limit, bool fatal);
  void start(std::chrono::milliseconds every = std::chrono::milliseconds(500));
  void stop();
  // One look at all slots, `now_ms` of a steady clock: what the thread does; tests call it with their own
  // time.
  void look(std::int64_t now_ms, std::int64_t expected_gap_ms);
  // Names of slots that are over their limit now.
  std::vector<std::string> hung() const;

private:
  hung_handler handler_;
  mutable std::mutex mutex_;
  std::list<watchdog_slot> slots_;
  std::int64_t last_look_ms_ = 0;
  std::jthread thread_;
};

} // namespace sluice
