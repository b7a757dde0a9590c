#include "actors/supervise/restart_policy.hpp"

#include <doctest/doctest.h>

using namespace sluice;
using std::chrono::milliseconds;
using action = restart_decision::action;

TEST_CASE("the back-off bound doubles from base to cap and never overflows") {
  const backoff_options o;
  CHECK(backoff_bound(o, 0) == milliseconds(100));
  CHECK(backoff_bound(o, 1) == milliseconds(200));
  CHECK(backoff_bound(o, 5) == milliseconds(3200));
  CHECK(backoff_bound(o, 9) == milliseconds(30000));
  CHECK(backoff_bound(o, 4000000000u) == milliseconds(30000));
}

TEST_CASE("full jitter spreads the delay from zero to the bound") {
  const backoff_options o;
  CHECK(backoff_delay(o, 3, 0.0) == milliseconds(0));
  CHECK(backoff_delay(o, 3, 0.5) == milliseconds(400));
  CHECK(backoff_delay(o, 3, 1.0) == milliseconds(800));
}

TEST_CASE("a lost connection is restarted for ever and never counts toward the intensity") {
  const restart_limits limits;
  child_history h;
  for (int i = 0; i < 10000; ++i) {
    const auto d = decide(limits, restart_kind::permanent, h, ec::connection_lost, i, 1.0);
    CHECK(d.what == action::restart);
    CHECK(d.after <= limits.lost.cap);
  }
  CHECK(h.bugs_ms.empty());
  CHECK(h.restarts == 10000);
}

TEST_CASE("a child that stayed healthy starts its back-off anew") {
  const restart_limits limits;
  child_history h;
  for (int i = 0; i < 8; ++i) decide(limits, restart_kind::permanent, h, ec::timeout, i, 1.0);
  h.started_ms = 1000;
  const auto d = decide(limits, restart_kind::permanent, h, ec::connection_lost, 1000 + 60000, 1.0);
  CHECK(d.after == milliseconds(100));
}

TEST_CASE("more bugs than the intensity within the period escalate, fewer do not") {
  const restart_limits limits; // 5 in 30 s
  child_history h;
  for (int i = 0; i < 5; ++i)
    CHECK(decide(limits, restart_kind::permanent, h, ec::bug, i * 1000, 0).what == action::restart);
  CHECK(decide(limits, restart_kind::permanent, h, ec::bug, 5000, 0).what == action::escalate);
  child_history slow;
  for (int i = 0; i < 100; ++i)
    CHECK(decide(limits, restart_kind::permanent, slow, ec::bug, i * 7000, 0).what == action::restart);
}

TEST_CASE("an end is treated by its class and the kind of the child") {
  const restart_limits limits;
  struct row {
    restart_kind kind;
    ec reason;
    action want;
  };
  const row table[] = {
      {restart_kind::permanent, ec::none, action::restart},
      {restart_kind::transient, ec::none, action::leave},
      {restart_kind::transient, ec::bug, action::restart},
      {restart_kind::temporary, ec::bug, action::leave},
      {restart_kind::permanent, ec::quota, action::restart},
      {restart_kind::permanent, ec::throttled, action::restart},
      {restart_kind::permanent, ec::storage, action::die},
      {restart_kind::temporary, ec::corrupt, action::die},
      {restart_kind::permanent, ec::escalate, action::restart},
  };
  for (const auto& r : table) {
    child_history h;
    CHECK(decide(limits, r.kind, h, r.reason, 0, 0.5).what == r.want);
  }
}
