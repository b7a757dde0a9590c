#include "actors/supervise/watchdog.hpp"

#include <doctest/doctest.h>

using namespace sluice;
using std::chrono::milliseconds;

namespace {

struct seen {
  std::vector<std::string> reported, fatal;
  watchdog dog{[this](const watchdog_slot& s, std::int64_t, bool is_fatal) {
    (is_fatal ? fatal : reported).push_back(s.name());
  }};
};

} // namespace

TEST_CASE("a slot that is busy beyond its limit is reported once, and is fatal at twice the limit") {
  seen s;
  auto* slot = s.dog.add("shard.0", milliseconds(1000), true);
  busy mark(slot);
  std::int64_t now = 10000;
  for (; now <= 10900; now += 100) s.dog.look(now, 100);
  CHECK(s.reported.empty());
  for (; now <= 11500; now += 100) s.dog.look(now, 100);
  CHECK(s.reported == std::vector<std::string>{"shard.0"});
  CHECK(s.dog.hung() == std::vector<std::string>{"shard.0"});
  CHECK(s.fatal.empty());
  for (; now <= 12100; now += 100) s.dog.look(now, 100);
  CHECK(!s.fatal.empty());
}

TEST_CASE("a slot that works on one thing after the other is not hung") {
  seen s;
  auto* slot = s.dog.add("store", milliseconds(300), true);
  for (std::int64_t now = 1000; now < 10000; now += 100) {
    busy mark(slot);
    s.dog.look(now, 100);
  }
  CHECK(s.reported.empty());
}

TEST_CASE("a SIGSTOP of the whole process is forgiven") {
  seen s;
  auto* slot = s.dog.add("store", milliseconds(1000), true);
  busy mark(slot);
  s.dog.look(1000, 100);
  s.dog.look(1100, 100);
  s.dog.look(31100, 100); // thirty seconds stopped
  s.dog.look(31200, 100);
  CHECK(s.reported.empty());
  CHECK(s.fatal.empty());
  for (std::int64_t now = 31300; now < 32400; now += 100) s.dog.look(now, 100);
  CHECK(s.reported.size() == 1); // but it counts anew from there
}

TEST_CASE("a restarted child takes its slot again") {
  seen s;
  CHECK(s.dog.add("sink.board", milliseconds(1), false) == s.dog.add("sink.board", milliseconds(1), false));
}
