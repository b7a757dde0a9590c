// A broker that takes one connection, and of which the test says every byte.
#pragma once

#include <chrono>
#include <string>

#include <doctest/doctest.h>

#include "test/support/mosquitto_process.hpp"

namespace sluice::test {

class raw_broker {
public:
  raw_broker() { listen(at_.fd, 1); }
  ~raw_broker() { hang_up(); }
  std::string url() const { return "mqtt://127.0.0.1:" + std::to_string(at_.port); }

  // The next packet; all of them are shorter than 128 bytes.
  std::string packet() {
    const auto head = read(2);
    return head + read(static_cast<std::size_t>(head[1]));
  }
  std::string read(std::size_t size) {
    if (fd_ < 0) fd_ = accept(at_.fd, nullptr, nullptr);
    std::string bytes(size, '\0');
    REQUIRE(recv(fd_, bytes.data(), size, MSG_WAITALL) == static_cast<ssize_t>(size));
    return bytes;
  }
  bool readable(std::chrono::milliseconds within) const {
    pollfd one{fd_, POLLIN, 0};
    return poll(&one, 1, static_cast<int>(within.count())) > 0;
  }
  void send(const std::string& bytes) {
    REQUIRE(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
  }
  void hang_up() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

private:
  free_port at_;
  int fd_ = -1;
};

} // namespace sluice::test
