// What mqtt_bench measures with: children whose CPU the system counts, a mosquitto that logs and keeps
// nothing, and messages that say when they were sent.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <sys/prctl.h>
#include <sys/resource.h>

#include "test/support/mosquitto_process.hpp"

namespace sluice::bench {

using namespace sluice::test;

struct event {
  std::mutex mutex;
  std::condition_variable changed;
  bool is = false;
  void set() {
    std::lock_guard lock(mutex);
    is = true;
    changed.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return is; });
  }
};

// Ends this process, and with it its children. A measurement in which something failed is none.
[[noreturn]] inline void give_up(const std::string& why) {
  std::fprintf(stderr, "mqtt_bench: %s\n", why.c_str());
  std::_Exit(1);
}

// Lets a measurement of `seconds` that hangs end by SIGALRM, and its children with it.
inline void bound_time(double seconds) {
  alarm(static_cast<unsigned>(seconds) + 120);
}

// Publishes that are not acknowledged: whoever has sent 2000 of them waits until half of them are.
class under_way {
public:
  void sent() {
    std::unique_lock lock(mutex_);
    if (++open_ >= most) changed_.wait(lock, [&] { return open_ <= most / 2; });
  }
  void ended() {
    std::lock_guard lock(mutex_);
    if (--open_ == most / 2 || open_ == 0) changed_.notify_all();
  }
  void wait_for_all() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return open_ == 0; });
  }

private:
  static constexpr int most = 2000;
  std::mutex mutex_;
  std::condition_variable changed_;
  int open_ = 0; // below 0 for a moment: an answer may come before sent()
};

// A child of ours: its standard output, and what it cost when it has ended. One that fails ends us.
struct child {
  std::string name;
  pid_t pid = -1;
  std::FILE* out = nullptr;
  explicit child(std::vector<std::string> command) : name(command[0] + " " + command[1]) {
    int ends[2];
    if (pipe(ends) != 0) std::abort();
    pid = fork();
    if (pid == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      dup2(ends[1], 1);
      close(ends[0]), close(ends[1]);
      std::vector<char*> arguments;
      for (auto& one : command) arguments.push_back(one.data());
      arguments.push_back(nullptr);
      execvp(arguments[0], arguments.data());
      _exit(127);
    }
    close(ends[1]);
    out = fdopen(ends[0], "r");
  }
  std::string line() {
    char text[512] = "";
    if (!std::fgets(text, sizeof text, out)) give_up(name + " has ended without a word");
    return std::string(text).substr(0, std::strcspn(text, "\n"));
  }
  void wait_ready() {
    if (const auto said = line(); said != "ready") give_up(name + " said " + said + " instead of ready");
  }
  rusage end() {
    rusage used{};
    char rest[4096];
    while (std::fread(rest, 1, sizeof rest, out) > 0) {
    }
    std::fclose(out);
    int status = 0;
    wait4(pid, &status, 0, &used);
    if (status != 0) give_up(name + " ended with status " + std::to_string(status));
    return used;
  }
};

// CPU time of a child that still runs, to the tick.
inline double cpu_us_of(pid_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
  std::string skip;
  for (int i = 0; i < 13; ++i) in >> skip;
  double user = 0, system = 0;
  in >> user >> system;
  return 1e6 * (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

inline double cpu_us(const rusage& u) {
  return 1e6 * static_cast<double>(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
         static_cast<double>(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

inline std::int64_t now_ns() {
  return 1'000'000'000'000'000'000 +
         std::chrono::steady_clock::now().time_since_epoch().count(); // always 19 digits
}

// {"t":NANOSECONDS,..}, 120 bytes
inline std::string payload() {
  char text[121];
  std::snprintf(text, sizeof text,
                "{\"t\":%lld,\"device\":\"room-1\",\"temperature\":21.5,\"humidity\":40.25,\"site\":"
                "\"north\",\"pad\":\"",
                static_cast<long long>(now_ns()));
  std::string made(text);
  made.append(118 - made.size(), 'x');
  return made + "\"}";
}

inline double own_cpu_us() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return cpu_us(used);
}

// Ages of messages, what they cost from the first one on, and when the first and the last came.
class arrivals {
public:
  explicit arrivals(std::uint64_t count) : count_(count) { ages_.reserve(count); }
  bool add(std::string_view payload) {
    const auto now = now_ns();
    if (ages_.empty()) first_ = now, cpu_ = own_cpu_us();
    last_ = now;
    ages_.push_back(now - std::strtoll(payload.data() + payload.find("\"t\":") + 4, nullptr, 10));
    return ages_.size() >= count_;
  }
  void print() {
    std::sort(ages_.begin(), ages_.end());
    const auto at = [&](double q) {
      return static_cast<double>(ages_[static_cast<std::size_t>(q * static_cast<double>(ages_.size() - 1))]) /
             1e6;
    };
    const double used = (own_cpu_us() - cpu_) / static_cast<double>(ages_.size());
    std::printf("\"client_us\":%.2f,\"received\":%zu,\"per_second\":%.0f,\"p50_ms\":%.2f,\"p99_ms\":%.2f",
                used, ages_.size(),
                1e9 * static_cast<double>(ages_.size()) / static_cast<double>(last_ - first_ + 1), at(0.5),
                at(0.99));
    std::fflush(stdout);
  }

private:
  std::uint64_t count_;
  std::int64_t first_ = 0, last_ = 0;
  double cpu_ = 0; // of this process, before the first
  std::vector<std::int64_t> ages_;
};

inline bool holds(const std::string& path, const std::string& text) {
  std::ifstream in(path);
  return std::string(std::istreambuf_iterator<char>(in), {}).find(text) != std::string::npos;
}

// Waits until a service that writes `status` is ready.
inline void wait_ready(const child& service, const std::string& status) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!holds(status, "\"ready\":true")) {
    siginfo_t ended{};
    waitid(P_PID, static_cast<id_t>(service.pid), &ended, WEXITED | WNOHANG | WNOWAIT);
    if (ended.si_pid != 0) give_up(service.name + " has ended before it was ready");
    if (std::chrono::steady_clock::now() > deadline) give_up(service.name + " is not ready after 60 s");
    poll(nullptr, 0, 20);
  }
}

// A broker that logs and keeps nothing.
struct broker : mosquitto_process {
  broker()
      : mosquitto_process("", "log_type none\nlog_type error\npersistence false\nmax_inflight_messages "
                              "1000\nset_tcp_nodelay true") {}
};

} // namespace sluice::bench
