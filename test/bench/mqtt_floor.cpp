// A raw socket, MQTT 3.1.1, QoS 1: one write, one sync and one send of PUBACKs for each read.
#include "test/bench/mqtt_floor.hpp"

#include <cstdlib>
#include <stdexcept>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace sluice::bench {

namespace {

void check(bool good, const char* what) {
  if (!good) throw std::runtime_error(what);
}

int dial(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(static_cast<std::uint16_t>(port));
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  check(connect(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0, "connect");
  const int yes = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  return fd;
}

void send_all(int fd, const std::string& bytes) {
  for (std::size_t sent = 0; sent < bytes.size();) {
    const auto n = send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    check(n > 0, "send");
    sent += static_cast<std::size_t>(n);
  }
}

void put_length(std::size_t length, std::string& out) {
  for (; length >= 0x80; length >>= 7) out += static_cast<char>((length & 0x7f) | 0x80);
  out += static_cast<char>(length);
}

std::string text(std::string_view of) {
  return std::string{static_cast<char>(of.size() >> 8), static_cast<char>(of.size() & 0xff)} +
         std::string(of);
}

std::string hello(const std::string& id) {
  const auto body = text("MQTT") + std::string("\4\2\0\0", 4) + text(id);
  return "\x10" + std::string(1, static_cast<char>(body.size())) + body;
}

// Length of the packet at the front of `bytes`, 0 when it is not all there; `head` = where its body begins.
std::size_t packet_size(std::string_view bytes, std::size_t& head) {
  std::size_t length = 0;
  for (head = 1; head < bytes.size() && head < 5; ++head) {
    const auto byte = static_cast<unsigned char>(bytes[head]);
    length |= static_cast<std::size_t>(byte & 0x7f) << (7 * (head - 1));
    if (byte & 0x80) continue;
    ++head;
    return bytes.size() >= head + length ? head + length : 0;
  }
  return 0;
}

// temperature > 0
bool passes(std::string_view payload) {
  const auto at = payload.find("\"temperature\":");
  return at != payload.npos && std::strtod(payload.data() + at + 14, nullptr) > 0;
}

} // namespace

void mqtt_floor(const mqtt_floor_options& options, const std::function<void()>& subscribed,
                const std::function<void(std::string_view)>& on_message) {
  const int in = dial(options.port), out = options.forward ? dial(options.port) : -1;
  const int file = open(options.file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  check(file >= 0, "open");
  send_all(in, hello("floor-in"));
  const auto filter = std::string("\0\1", 2) + text(options.topic) + "\1";
  send_all(in, "\x82" + std::string(1, static_cast<char>(filter.size())) + filter);
  if (options.forward) send_all(out, hello("floor-out"));
  std::string held, acks, results, answers(65536, '\0');
  char bytes[65536];
  unsigned id = 0;
  for (std::uint64_t seen = 0; seen < options.count;) {
    const auto n = recv(in, bytes, sizeof bytes, 0);
    check(n > 0, "recv");
    held.append(bytes, static_cast<std::size_t>(n));
    acks.clear(), results.clear();
    std::size_t used = 0, head = 0;
    std::string_view left = held;
    while (const auto size = packet_size(left, head)) {
      const auto type = static_cast<unsigned char>(left[0]) >> 4;
      if (type == 3) { // PUBLISH
        const std::size_t topic =
            static_cast<unsigned char>(left[head]) << 8 | static_cast<unsigned char>(left[head + 1]);
        const bool once = (left[0] & 6) == 2;
        const auto payload = left.substr(head + 2 + topic, size - head - 2 - topic).substr(once ? 2 : 0);
        if (once) acks.append("\x40\2", 2).append(left.substr(head + 2 + topic, 2));
        on_message(payload);
        ++seen;
        if (options.forward && passes(payload)) {
          id = id == 65535 ? 1 : id + 1;
          results += '\x32';
          put_length(2 + 5 + 2 + payload.size(), results);
          results += text("out/1");
          results += static_cast<char>(id >> 8), results += static_cast<char>(id & 0xff);
          results += payload;
        }
      } else if (type == 9) { // SUBACK
        subscribed();
      }
      used += size;
      left.remove_prefix(size);
    }
    if (used != 0) check(write(file, held.data(), used) == static_cast<ssize_t>(used), "write");
    if (used != 0 && options.sync) check(fdatasync(file) == 0, "fdatasync");
    held.erase(0, used);
    if (options.forward) {
      send_all(out, results);
      while (recv(out, answers.data(), answers.size(), MSG_DONTWAIT) > 0) {
      }
    }
    send_all(in, acks);
  }
  for (const int fd : {in, out}) { // a socket closed with bytes unread would take back what was sent
    if (fd < 0) continue;
    shutdown(fd, SHUT_WR);
    while (recv(fd, bytes, sizeof bytes, 0) > 0) {
    }
    close(fd);
  }
  close(file);
}

} // namespace sluice::bench
