// A broker that takes one connection at a time, and of which the test says every byte. What does not come
// within 20 s fails the test.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>

#include <doctest/doctest.h>
#include <linux/tcp.h> // the system's newer tcp_info

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
    std::string bytes;
    while (bytes.size() < size) bytes += read_once(size - bytes.size());
    return bytes;
  }
  // What one read brings.
  std::string read_once(std::size_t most) {
    if (fd_ < 0) {
      REQUIRE(readable(at_.fd, deadline));
      fd_ = accept(at_.fd, nullptr, nullptr);
    }
    REQUIRE(readable(deadline));
    std::string bytes(most, '\0');
    const auto n = recv(fd_, bytes.data(), most, 0);
    REQUIRE(n > 0);
    bytes.resize(static_cast<std::size_t>(n));
    return bytes;
  }
  // Reads bytes that nobody looks at, and keeps none.
  void skip(std::size_t size) {
    char bytes[65536];
    while (size > 0) {
      REQUIRE(readable(deadline));
      const auto n = recv(fd_, bytes, std::min(size, sizeof bytes), 0);
      REQUIRE(n > 0);
      size -= static_cast<std::size_t>(n);
    }
  }
  bool readable(std::chrono::milliseconds within) const { return readable(fd_, within); }
  // How many segments with data have come: one for each write of a client that does not let the kernel
  // gather.
  unsigned segments() const {
    tcp_info info{};
    socklen_t size = sizeof info;
    REQUIRE(getsockopt(fd_, IPPROTO_TCP, TCP_INFO, &info, &size) == 0);
    return info.tcpi_data_segs_in;
  }
  void send(const std::string& bytes) {
    REQUIRE(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
  }
  // Sends `bytes` over and over until the client closes the connection or 20 s are over; counts into `sent`.
  // For a thread of its own.
  void flood(const std::string& bytes, std::atomic<std::size_t>& sent) const {
    const auto end = std::chrono::steady_clock::now() + deadline;
    for (std::size_t at = 0; std::chrono::steady_clock::now() < end;) {
      pollfd one{fd_, POLLOUT, 0};
      if (poll(&one, 1, 100) == 0) continue;
      const auto n = ::send(fd_, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n < 0 && errno != EAGAIN) return;
      at = (at + static_cast<std::size_t>(std::max<ssize_t>(n, 0))) % bytes.size();
      sent += static_cast<std::size_t>(std::max<ssize_t>(n, 0));
    }
  }
  void hang_up() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

private:
  static constexpr auto deadline = std::chrono::milliseconds(20'000);
  static bool readable(int fd, std::chrono::milliseconds within) {
    pollfd one{fd, POLLIN, 0};
    return poll(&one, 1, static_cast<int>(within.count())) > 0;
  }

  free_port at_;
  int fd_ = -1;
};

} // namespace sluice::test
