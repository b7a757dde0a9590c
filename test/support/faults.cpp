// The fault hooks of `sluice_faulty`: the product's libraries linked with these definitions. What goes wrong
// is said by the environment variable SLUICE_FAULT, a comma-separated list of
//   crash=POINT:N       SIGKILL itself at the N-th time POINT is reached (POINT: see messages/faults.hpp)
//   acknowledge_first   messages are acknowledged at once and appended 50 ms later
//   no_duplicate_check  duplicates are applied
//   cursor_first        a sink's cursor moves when a record is sent
//   drop_event=N        the shard drops one event of its N-th batch
//   throw=N             the first event of the N-th batch throws while it is applied
//   score=PIPELINE:HOW:FROM:COUNT  the model of a pipeline throws, hangs, answers nan or finds no memory
//   (HOW:
//                       throws, hangs, nan, memory) for COUNT batches from the FROM-th one on
#include "messages/faults.hpp"

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>

#include <unistd.h>

#include "actors/store/journal.hpp"

namespace sluice::faults {

namespace {

constexpr const char* point_names[] = {"after_append_write", "before_append_sync", "after_append",
                                       "after_roll",         "before_truncate",    "recovery_opened",
                                       "recovery_loaded",    "before_commit",      "after_commit",
                                       "before_cursor_move", "after_cursor_move"};

// The text after "NAME" or "NAME=" in SLUICE_FAULT; null when NAME is not asked for.
const std::string* asked(std::string_view name) {
  static const std::string all = [] {
    const char* text = std::getenv("SLUICE_FAULT");
    return text ? std::string(text) : std::string();
  }();
  static std::mutex mutex;
  static std::string found;
  std::lock_guard lock(mutex);
  std::size_t from = 0;
  while (from < all.size()) {
    const auto end = std::min(all.find(',', from), all.size());
    const std::string_view item(all.data() + from, end - from);
    if (item.substr(0, item.find('=')) == name) {
      found = item.find('=') == item.npos ? "" : std::string(item.substr(item.find('=') + 1));
      return &found;
    }
    from = end + 1;
  }
  return nullptr;
}

struct countdown {
  explicit countdown(std::string_view name) {
    if (const auto* text = asked(name)) left = std::strtoll(text->c_str(), nullptr, 10);
  }
  bool now() noexcept { return left.load(std::memory_order_relaxed) > 0 && left.fetch_sub(1) == 1; }
  std::atomic<long long> left{0};
};

struct crash {
  crash() {
    const auto* text = asked("crash");
    if (!text) return;
    const auto colon = text->find(':');
    const auto name = text->substr(0, colon);
    for (int i = 0; i < static_cast<int>(std::size(point_names)); ++i)
      if (name == point_names[i]) point = i;
    left = colon == std::string::npos ? 1 : std::strtoll(text->c_str() + colon + 1, nullptr, 10);
  }
  int point = -1;
  std::atomic<long long> left{0};
};

} // namespace

void at(crash_point place) noexcept {
  static crash c;
  if (static_cast<int>(place) != c.point) return;
  if (c.left.fetch_sub(1) == 1) ::kill(::getpid(), SIGKILL);
}

bool off(protection what) noexcept {
  static const bool duplicates = asked("no_duplicate_check") != nullptr;
  static const bool cursor = asked("cursor_first") != nullptr;
  return what == protection::duplicate_check ? duplicates : cursor;
}

bool acknowledge_first(journal& log, std::string_view source, const message_in& message) {
  static const bool on = asked("acknowledge_first") != nullptr;
  if (!on) return false;
  std::thread([&log, source = std::string(source), topic = std::string(message.topic),
               payload = std::string(message.payload), m = message]() mutable {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    m.topic = topic;
    m.payload = payload;
    m.user_properties = {};
    if (!log.append(source, std::span(&m, 1))) ::abort();
  }).detach();
  return true;
}

bool drop_event() noexcept {
  static countdown c("drop_event");
  return c.now();
}

bool throw_in_apply() noexcept {
  static countdown c("throw");
  return c.now();
}

scoring how_to_score(std::string_view pipeline) noexcept {
  struct plan {
    plan() {
      const auto* text = asked("score");
      if (text == nullptr) return;
      std::istringstream in(*text);
      std::string how, from, count;
      std::getline(in, pipeline, ':'), std::getline(in, how, ':');
      std::getline(in, from, ':'), std::getline(in, count, ':');
      what = how == "throws"  ? scoring::throws
             : how == "hangs" ? scoring::hangs
             : how == "nan"   ? scoring::nan
                              : scoring::memory;
      first = std::atoll(from.c_str()), last = first + std::atoll(count.c_str()) - 1;
    }
    std::string pipeline;
    scoring what = scoring::well;
    long long first = 1, last = 0;
  };
  static const plan p;
  static std::atomic<long long> batches{0};
  if (p.what == scoring::well || pipeline != p.pipeline) return scoring::well;
  const auto n = ++batches;
  return n >= p.first && n <= p.last ? p.what : scoring::well;
}

} // namespace sluice::faults
