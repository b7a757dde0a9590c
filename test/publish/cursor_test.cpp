#include "actors/publish/cursor.hpp"
#include "actors/publish/retry.hpp"

#include <algorithm>
#include <random>
#include <vector>

#include <doctest/doctest.h>

using namespace sluice;
using namespace std::chrono_literals;

TEST_CASE("the cursor is the contiguous acknowledged prefix and a set above it") {
  cursor c({});
  for (auto s : {1, 2, 3, 4}) CHECK(c.hand(s));
  CHECK(c.done(3));
  CHECK(c.value().acked == 0);
  CHECK(c.value().above == std::vector<std::uint64_t>{3});
  CHECK(c.done(1));
  CHECK(c.value().acked == 1);
  CHECK(c.done(2));
  CHECK(c.value().acked == 3);
  CHECK(c.value().above.empty());
  CHECK_FALSE(c.done(2));
  CHECK_FALSE(c.done(9));
  CHECK(c.outstanding() == 1);
}

TEST_CASE("records of other pipelines leave holes that the cursor steps over") {
  cursor c({10, {}, ""});
  CHECK(c.handed() == 10);
  for (auto s : {14, 20, 21}) CHECK(c.hand(s));
  CHECK(c.acked() == 13);
  c.done(20);
  CHECK(c.acked() == 13);
  CHECK(c.done_above() == 1);
  c.done(14);
  CHECK(c.acked() == 20);
  c.done(21);
  CHECK(c.acked() == 21);
}

TEST_CASE("a restored cursor does not take again what was acknowledged above the prefix") {
  cursor c({5, {8, 9}, "mark"});
  CHECK_FALSE(c.hand(3));
  CHECK(c.hand(7));
  CHECK_FALSE(c.hand(8));
  CHECK_FALSE(c.hand(9));
  CHECK(c.hand(12));
  CHECK(c.acked() == 6);
  c.done(7);
  CHECK(c.acked() == 11);
  CHECK(c.value().above.empty());
}

TEST_CASE("acknowledgements in any order with restarts between lose and double nothing") {
  std::mt19937 random(7);
  std::vector<std::uint64_t> own;
  for (std::uint64_t s = 1; s <= 3000; ++s)
    if (random() % 3) own.push_back(s);
  std::vector<std::uint64_t> delivered;
  sink_cursor stored;
  while (delivered.size() < own.size()) {
    cursor c(stored);
    std::vector<std::uint64_t> open;
    for (auto s : own)
      if (s > stored.acked && open.size() < 50 && c.hand(s)) open.push_back(s);
    std::shuffle(open.begin(), open.end(), random);
    open.resize((open.size() + 1) / 2);
    for (auto s : open) {
      REQUIRE(c.done(s));
      delivered.push_back(s);
    }
    stored = c.value();
  }
  std::sort(delivered.begin(), delivered.end());
  CHECK(delivered == own);
  CHECK(stored.acked == own.back());
}

TEST_CASE("pauses double up to their limit until a success") {
  growing_pause pause(1s, 5s);
  CHECK(pause.next() == 1s);
  CHECK(pause.next() == 2s);
  CHECK(pause.next() == 4s);
  CHECK(pause.next() == 5s);
  pause.reset();
  CHECK(pause.next() == 1s);
}

TEST_CASE("the batch limit is halved when asked to slow down and grows again with success") {
  batch_limit limit(100);
  for (int i = 0; i < 10; ++i) limit.shrink();
  CHECK(limit.value() == 1);
  for (int i = 0; i < 64; ++i) limit.succeeded();
  CHECK(limit.value() == 2);
  for (int i = 0; i < 64 * 8; ++i) limit.succeeded();
  CHECK(limit.full());
}
