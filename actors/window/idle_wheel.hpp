// A timer wheel over devices, by journal time in slots of one second: nobody scans all devices per tick. An
// entry means "look at this device then", so stale and early entries cost a look and change nothing.
#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

namespace sluice {

// Not thread safe.
class idle_wheel {
public:
  static constexpr std::uint32_t slots = 4096; // beyond that a device is looked at, and scheduled again

  // Files `device` under journal time `at_ms`; `now_ms` is the present. `due` is the device's own word: the
  // slot it stands in (no_record = none). Does nothing when it is due earlier anyway. May throw; then nothing
  // has changed.
  void schedule(std::uint32_t device, std::uint32_t& due, std::int64_t at_ms, std::int64_t now_ms) {
    start(now_ms);
    auto slot = slot_of(at_ms);
    if (slot < next_) slot = next_;
    if (slot - next_ >= slots) slot = next_ + slots - 1;
    if (due != none && due >= next_ && due <= slot) return;
    ring_[slot % slots].push_back(device);
    due = slot;
  }

  // Takes out all devices due at `now_ms` and calls each(device, slot); entries whose slot is not the
  // device's `due` any more are stale. `each` may schedule again, also for this very slot: those come with
  // the next call.
  template <class F> void fire(std::int64_t now_ms, F&& each) {
    start(now_ms);
    const auto now = slot_of(now_ms);
    if (now < next_) return;
    const auto last = now - next_ >= slots ? next_ + slots - 1 : now;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> fired; // first out of the ring: `each` puts in again
    for (auto s = next_; s <= last; ++s)
      for (const auto device : std::exchange(ring_[s % slots], {})) fired.emplace_back(device, s);
    next_ = now;
    for (const auto& [device, slot] : fired) each(device, slot);
  }

private:
  static constexpr std::uint32_t none = 0xffffffff;
  static std::uint32_t slot_of(std::int64_t ms) noexcept {
    const auto s = ms / 1000;
    return s <= 0 ? 0 : s >= none - slots ? none - slots : static_cast<std::uint32_t>(s);
  }
  void start(std::int64_t now_ms) noexcept {
    if (next_ == none) next_ = slot_of(now_ms);
  }

  std::array<std::vector<std::uint32_t>, slots> ring_;
  std::uint32_t next_ = none; // first slot not fired for good; the present one stays open
};

} // namespace sluice
