#include "actors/store/journal_clock.hpp"

#include <chrono>

#include "test/store/store_fixture.hpp"

using namespace sluice;
using namespace sluice::test;

TEST_CASE("journal time is wall time at start plus time elapsed, whatever the wall clock does") {
  hand_clock source;
  journal_clock clock(source);
  CHECK(clock.now_ms() == 1'700'000'000'000);
  source.pass(1000);
  source.wall += 3'600'000;
  CHECK(clock.now_ms() == 1'700'000'001'000);
  CHECK_FALSE(clock.trusted());
  source.wall -= 3'600'000;
  CHECK(clock.trusted());
  source.wall -= 299'000;
  CHECK(clock.trusted());
  source.wall -= 2'000;
  CHECK_FALSE(clock.trusted());
}

TEST_CASE("journal time never goes back, not below the floor and not with the steady clock") {
  hand_clock source;
  journal_clock clock(source);
  clock.set_floor(1'700'000'100'000);
  CHECK(clock.now_ms() == 1'700'000'100'000);
  source.pass(5);
  CHECK(clock.now_ms() == 1'700'000'100'005);
  clock.set_floor(1'600'000'000'000);
  CHECK(clock.now_ms() == 1'700'000'100'005);
  source.steady -= 100;
  CHECK(clock.now_ms() == 1'700'000'100'005);
}

TEST_CASE("the machine's clocks are the machine's clocks") {
  const auto& clocks = system_clock_source();
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  CHECK(std::abs(clocks.wall_ms() - now.count()) < 5000);
  CHECK(clocks.steady_ms() >= 0);
}
