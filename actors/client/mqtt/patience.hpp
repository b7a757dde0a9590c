// Whether waiting for more messages of a batch is worth it: not from the size on at which it was in vain the
// last time. So a broker that has few messages under way (mosquitto's max_inflight_messages is 20), or few
// messages at all, is not waited for. Every eighth time it is tried again.
#pragma once

#include <cstddef>
#include <limits>

namespace sluice::packets {

class patience {
public:
  bool worth(std::size_t size) noexcept { return size < quiet_at_ || ++passed_over_ % 8 == 0; }
  // A wait has made `after` messages of `before`.
  void waited(std::size_t before, std::size_t after) noexcept {
    if (after == before)
      quiet_at_ = before;
    else if (before >= quiet_at_)
      quiet_at_ = std::numeric_limits<std::size_t>::max();
  }

private:
  std::size_t quiet_at_ = std::numeric_limits<std::size_t>::max();
  unsigned passed_over_ = 0;
};

} // namespace sluice::packets
