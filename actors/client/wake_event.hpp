// Wakes a thread that waits in poll(): readable from set() on until clear(). Thread safe.
#pragma once

#include <cerrno>
#include <cstdint>

#include <sys/eventfd.h>
#include <unistd.h>

namespace sluice {

class wake_event {
public:
  wake_event() : fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)), problem_(fd_ < 0 ? errno : 0) {}
  ~wake_event() {
    if (fd_ >= 0) close(fd_);
  }
  wake_event(const wake_event&) = delete;
  wake_event& operator=(const wake_event&) = delete;

  // 0, or the errno of a system that had no descriptor for it: such a one wakes nobody.
  int problem() const noexcept { return problem_; }
  int fd() const noexcept { return fd_; }
  void set() noexcept { eventfd_write(fd_, 1); }
  void clear() noexcept {
    eventfd_t ignored = 0;
    eventfd_read(fd_, &ignored);
  }

private:
  int fd_;
  int problem_;
};

} // namespace sluice
