// A broker that answers every CONNECT with fixed bytes: other versions, refusals, farewells.
#pragma once

#include <string>
#include <thread>
#include <utility>

#include "test/support/mosquitto_process.hpp"

namespace sluice::test {

class fake_broker {
public:
  // `answer` goes to an MQTT 5 CONNECT, `answer_old` to one of 3.1.1. After an empty answer it closes, else
  // it waits until the client leaves. It closes the first `deaf` connections that say something at once.
  explicit fake_broker(std::string answer, std::string answer_old = "", int deaf = 0)
      : answer_(std::move(answer)), old_(std::move(answer_old)), deaf_(deaf) {
    listen(at_.fd, 8);
    thread_ = std::thread([this] { serve(); });
  }
  ~fake_broker() {
    shutdown(at_.fd, SHUT_RDWR);
    thread_.join();
  }
  std::string url() const { return "mqtt://127.0.0.1:" + std::to_string(at_.port); }

private:
  void serve() {
    for (;;) {
      const int fd = accept(at_.fd, nullptr, nullptr);
      if (fd < 0) return;
      char bytes[512];
      const auto n = recv(fd, bytes, sizeof bytes, 0);
      const bool old = n > 8 && bytes[8] == 4; // CONNECT: byte 8 is the protocol level
      const auto& out = old ? old_ : answer_;
      if (n > 0 && deaf_-- <= 0 && !out.empty() && write(fd, out.data(), out.size()) > 0)
        while (recv(fd, bytes, sizeof bytes, 0) > 0) {
        }
      close(fd);
    }
  }

  free_port at_;
  std::string answer_, old_;
  int deaf_;
  std::thread thread_;
};

} // namespace sluice::test
