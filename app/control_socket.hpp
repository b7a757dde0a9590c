// DATA_DIR/control.sock, mode 0600: one request line in, one answer, closed. Whoever may open it may ask; no
// secret is needed.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <thread>

#include "messages/errors.hpp"

namespace sluice {

class control_socket {
public:
  using handler = std::function<std::string(std::string_view request)>;

  // Listens at `path` (an old socket file there is replaced) and answers from a thread of its own.
  static outcome<std::unique_ptr<control_socket>> listen(const std::string& path, handler answer);
  ~control_socket();
  control_socket(const control_socket&) = delete;
  control_socket& operator=(const control_socket&) = delete;

private:
  control_socket(int fd, std::string path, handler answer);
  void serve(std::stop_token stop);
  int fd_;
  std::string path_;
  handler answer_;
  std::jthread thread_;
};

// Sends `request` to the service behind `path` and returns its answer. Errors (ec::connection_lost): nobody
// listens, or no answer within `patience_ms`.
outcome<std::string> ask_service(const std::string& path, std::string_view request, int patience_ms = 2000);

} // namespace sluice
