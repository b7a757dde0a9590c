#include "app/control_socket.hpp"

#include <cerrno>
#include <cstring>
#include <memory>

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace sluice {

namespace {

constexpr int answer_within_ms = 2000; // a client that sends or reads nothing for so long is hung up on

outcome<sockaddr_un> address(const std::string& path) {
  sockaddr_un a{};
  a.sun_family = AF_UNIX;
  if (path.size() >= sizeof a.sun_path)
    return fail(ec::invalid, "control socket path is too long (got " + std::to_string(path.size()) +
                                 " bytes, want at most " + std::to_string(sizeof a.sun_path - 1) +
                                 "): " + path);
  std::memcpy(a.sun_path, path.data(), path.size());
  return a;
}

bool wait_for(int fd, short what, int ms) {
  pollfd p{fd, what, 0};
  return poll(&p, 1, ms) == 1;
}

bool send_all(int fd, std::string_view text) {
  while (!text.empty()) {
    if (!wait_for(fd, POLLOUT, answer_within_ms)) return false;
    const auto n = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

} // namespace

control_socket::control_socket(int fd, std::string path, handler answer)
    : fd_(fd), path_(std::move(path)), answer_(std::move(answer)),
      thread_([this](std::stop_token stop) { serve(stop); }) {}

outcome<std::unique_ptr<control_socket>> control_socket::listen(const std::string& path, handler answer) {
  auto where = address(path);
  if (!where) return tl::unexpected(where.error());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return fail(ec::storage, std::string("control socket: ") + std::strerror(errno));
  ::unlink(path.c_str());
  const auto old_mask = ::umask(0177); // nobody else, from the first moment on
  const int bound = ::bind(fd, reinterpret_cast<const sockaddr*>(&*where), sizeof *where);
  ::umask(old_mask);
  if (bound != 0 || ::listen(fd, 8) != 0) {
    const std::string why = std::strerror(errno);
    ::close(fd);
    return fail(ec::storage, "cannot listen at " + path + ": " + why);
  }
  return std::unique_ptr<control_socket>(new control_socket(fd, path, std::move(answer)));
}

control_socket::~control_socket() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
  ::close(fd_);
  ::unlink(path_.c_str());
}

void control_socket::serve(std::stop_token stop) {
  while (!stop.stop_requested()) {
    if (!wait_for(fd_, POLLIN, 200)) continue;
    const int peer = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
    if (peer < 0) continue;
    std::string request;
    char buffer[512];
    while (request.find('\n') == std::string::npos && request.size() < 4096 &&
           wait_for(peer, POLLIN, answer_within_ms)) {
      const auto n = ::recv(peer, buffer, sizeof buffer, 0);
      if (n <= 0) break;
      request.append(buffer, static_cast<std::size_t>(n));
    }
    if (const auto end = request.find('\n'); end != std::string::npos)
      send_all(peer, answer_(std::string_view(request).substr(0, end)));
    ::close(peer);
  }
}

outcome<std::string> ask_service(const std::string& path, std::string_view request, int patience_ms) {
  auto where = address(path);
  if (!where) return tl::unexpected(where.error());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return fail(ec::connection_lost, std::string("socket: ") + std::strerror(errno));
  std::string answer;
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&*where), sizeof *where) != 0) {
    const std::string why = std::strerror(errno);
    ::close(fd);
    return fail(ec::connection_lost, "no service answers at " + path + ": " + why);
  }
  std::string line(request);
  line += '\n';
  bool good = send_all(fd, line);
  char buffer[4096];
  while (good && wait_for(fd, POLLIN, patience_ms)) {
    const auto n = ::recv(fd, buffer, sizeof buffer, 0);
    if (n <= 0) break;
    answer.append(buffer, static_cast<std::size_t>(n));
  }
  ::close(fd);
  if (answer.empty()) return fail(ec::connection_lost, "the service at " + path + " did not answer");
  return answer;
}

} // namespace sluice
