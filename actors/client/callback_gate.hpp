// The way of an MQTT client's callbacks to its owner, which its destructor shuts.
#pragma once

#include <chrono>
#include <mutex>
#include <utility>

namespace sluice {

// How long the destructor of a client waits for its threads.
inline constexpr auto close_deadline = std::chrono::seconds(2);

class callback_gate {
public:
  // True iff nobody has shut the gate yet: only then `f` was called, if there is one.
  template <class F, class... A> bool call(const F& f, A&&... a) noexcept {
    std::lock_guard lock(mutex_);
    if (shut_) return false;
    if (f) f(std::forward<A>(a)...);
    return true;
  }
  // Waits for the callback that runs; none comes after this has returned.
  void shut() noexcept {
    std::lock_guard lock(mutex_);
    shut_ = true;
  }

private:
  std::mutex mutex_; // held while a callback runs
  bool shut_ = false;
};

} // namespace sluice
