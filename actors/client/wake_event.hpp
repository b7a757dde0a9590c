// Wakes a thread that waits in poll(): readable from set() on until clear(). Thread safe.
#pragma once

#include <cstdint>

#include <sys/eventfd.h>
#include <unistd.h>

namespace sluice {

class wake_event {
public:
  wake_event() : fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}
  ~wake_event() { close(fd_); }
  wake_event(const wake_event&) = delete;
  wake_event& operator=(const wake_event&) = delete;

  int fd() const noexcept { return fd_; }
  void set() noexcept { eventfd_write(fd_, 1); }
  void clear() noexcept {
    eventfd_t ignored = 0;
    eventfd_read(fd_, &ignored);
  }

private:
  int fd_;
};

} // namespace sluice
