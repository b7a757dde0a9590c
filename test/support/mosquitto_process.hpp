// A real mosquitto for C++ tests: own folder, free loopback port, started and ended by this process only; it
// ends with the thread that started it, however that ends.
#pragma once

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sluice::test {

// A folder under the system's temporary folder, removed with all it holds at the end.
class scratch_folder {
public:
  scratch_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "sluice-test-XXXXXX").string();
    if (!mkdtemp(name.data())) throw std::runtime_error("mkdtemp failed");
    path_ = name;
    // mosquitto started as root may have to read files here as another user.
    std::filesystem::permissions(path_, std::filesystem::perms(0755));
  }
  ~scratch_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::string file(const std::string& name) const { return (path_ / name).string(); }
  void write(const std::string& name, const std::string& text) const { std::ofstream(path_ / name) << text; }

private:
  std::filesystem::path path_;
};

// A listening TCP socket on a free loopback port; `port` stays valid after close().
struct free_port {
  int fd = -1;
  int port = 0;
  free_port() {
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&at), size) != 0 ||
        getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size) != 0)
      throw std::runtime_error("no free loopback port");
    port = ntohs(at.sin_port);
  }
  ~free_port() { release(); }
  free_port(const free_port&) = delete;
  free_port& operator=(const free_port&) = delete;
  void release() {
    if (fd >= 0) close(fd);
    fd = -1;
  }
};

inline bool port_answers(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(static_cast<std::uint16_t>(port));
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool yes = connect(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0;
  close(fd);
  return yes;
}

class mosquitto_process {
public:
  // `listener` = lines for the one listener (cafile, password_file, ...), `general` = lines before it.
  // Anonymous users are let in unless `general` says "allow_anonymous false". Sessions survive a SIGKILL:
  // every change is saved within 1 s.
  explicit mosquitto_process(std::string listener = "", std::string general = "")
      : listener_(std::move(listener)), general_(std::move(general)) {
    for (int round = 0;; ++round) { // somebody else may take the port between the two binds
      free_port probe;
      port_ = probe.port;
      probe.release();
      if (start()) return;
      if (round == 4) throw std::runtime_error("mosquitto does not start; its log: " + log());
    }
  }
  ~mosquitto_process() { kill(SIGKILL); }
  mosquitto_process(const mosquitto_process&) = delete;
  mosquitto_process& operator=(const mosquitto_process&) = delete;

  int port() const { return port_; }
  const scratch_folder& folder() const { return folder_; }
  std::string url(const std::string& scheme = "mqtt", const std::string& host = "127.0.0.1") const {
    return scheme + "://" + host + ":" + std::to_string(port_);
  }
  std::string log() const {
    std::ifstream in(folder_.path() / "log");
    return {std::istreambuf_iterator<char>(in), {}};
  }

  // Starts it (again) on the same port; true once it answers there.
  bool start() {
    const bool open = general_.find("allow_anonymous") == std::string::npos;
    const auto dir = folder_.path().string();
    folder_.write("conf", "user " + std::string(geteuid() == 0 ? "root" : "mosquitto") + "\nlog_dest file " +
                              dir + "/log\nlog_type all\npersistence true\npersistence_location " + dir +
                              "/\nautosave_interval 1\nmax_queued_messages 0\nmax_queued_bytes 0\n" +
                              (open ? "allow_anonymous true\n" : "") + general_ + "\nlistener " +
                              std::to_string(port_) + " 127.0.0.1\n" + listener_ + "\n");
    const auto conf = folder_.file("conf"), out = folder_.file("out");
    const char* path = access("/usr/sbin/mosquitto", X_OK) == 0 ? "/usr/sbin/mosquitto" : "mosquitto";
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      const int fd = open_file(out.c_str());
      dup2(fd, 1);
      dup2(fd, 2);
      execlp(path, "mosquitto", "-c", conf.c_str(), static_cast<char*>(nullptr));
      _exit(127);
    }
    for (int i = 0; i < 1000; ++i) {
      if (port_answers(port_)) return true;
      int status = 0;
      if (waitpid(pid_, &status, WNOHANG) == pid_) {
        pid_ = -1;
        return false;
      }
      poll(nullptr, 0, 10);
    }
    return false;
  }
  // Ends it and waits until it is gone. A process stopped by pause() is ended too.
  void kill(int signal = SIGKILL) {
    if (pid_ <= 0) return;
    ::kill(pid_, signal);
    if (signal != SIGKILL) ::kill(pid_, SIGCONT);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  void pause() { ::kill(pid_, SIGSTOP); }
  void resume() { ::kill(pid_, SIGCONT); }

private:
  static int open_file(const char* path) {
    return open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  }

  scratch_folder folder_;
  std::string listener_, general_;
  int port_ = 0;
  pid_t pid_ = -1;
};

} // namespace sluice::test
