#include "actors/store/quota.hpp"

#include <doctest/doctest.h>

using namespace sluice;

TEST_CASE("85 % of the quota is degraded, at 95 % sources disconnect, with hysteresis") {
  struct row {
    quota_level current;
    std::uint64_t used;
    quota_level next;
  };
  using enum quota_level;
  const row rows[] = {
      {ok, 0, ok},
      {ok, 849, ok},
      {ok, 850, degraded},
      {ok, 949, degraded},
      {ok, 950, disconnect},
      {ok, 2000, disconnect},
      {degraded, 849, degraded},
      {degraded, 800, degraded},
      {degraded, 799, ok},
      {degraded, 950, disconnect},
      {disconnect, 949, disconnect},
      {disconnect, 900, disconnect},
      {disconnect, 899, degraded},
      {disconnect, 850, degraded},
      {disconnect, 820, degraded},
      {disconnect, 799, ok},
  };
  for (const auto& r : rows) {
    CAPTURE(static_cast<int>(r.current));
    CAPTURE(r.used);
    CHECK(next_level(r.current, {r.used}, 1000) == r.next);
  }
}

TEST_CASE("a file system smaller than the quota counts as the quota") {
  CHECK(capacity({100, 50}, 1000) == 150);
  CHECK(capacity({100, 5000}, 1000) == 1000);
  CHECK(capacity({100}, 1000) == 1000);
  CHECK(next_level(quota_level::ok, {100, 0}, 1000) == quota_level::disconnect);
  CHECK(next_level(quota_level::ok, {100, 400}, 1000) == quota_level::ok);
  CHECK(next_level(quota_level::ok, {0, 0}, 1000) == quota_level::disconnect);
  CHECK(reserve_bytes(1000) == 50);
}
