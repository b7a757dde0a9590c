// The devices of a key against a naive minimum.
#include <map>
#include <random>

#include <doctest/doctest.h>

#include "actors/window/device_table.hpp"
#include "actors/window/key_members.hpp"

using namespace sluice;

TEST_CASE("the minimum is over the devices that are not idle, whatever comes, goes and is restored") {
  struct device {
    std::int64_t high = no_time, received = 0;
    bool active = true;
  };
  for (unsigned seed = 0; seed < 20; ++seed) {
    std::mt19937 random(seed);
    std::map<std::string, device> model;
    std::map<std::string, std::string> stored;
    auto members = std::make_unique<key_members>();
    std::int64_t now = 0;
    for (int n = 0; n < 3000; ++n) {
      now += random() % 3;
      const auto what = random() % 100;
      if (what < 90) {
        const auto id = "device-" + std::to_string(random() % 40);
        const auto time = now + static_cast<std::int64_t>(random() % 100);
        members->event(members->reserve(device_hash(id), id), time, now);
        auto& d = model[id];
        d.high = std::max(d.high, time), d.received = now, d.active = true;
      } else if (what < 95) {
        const auto until = now - static_cast<std::int64_t>(random() % 60);
        bool any = false;
        for (auto& [id, d] : model)
          if (d.active && d.received <= until) d.active = false, any = true;
        CHECK(members->leave(until) == any);
      } else if (what < 98) {
        const auto until = now - 30 - static_cast<std::int64_t>(random() % 100);
        members->forget(until, [&](std::string_view id) {
          const auto at = model.find(std::string(id));
          REQUIRE(at != model.end());
          CHECK_FALSE(at->second.active);
          CHECK(at->second.received <= until);
          model.erase(at);
          stored.erase(std::string(id));
        });
        for (const auto& [id, d] : model) CHECK((d.active || d.received > until));
      } else {
        members->take_dirty([&](const key_members::member& m) { stored[m.id] = key_members::encode(m); });
        members = std::make_unique<key_members>();
        for (const auto& [id, bytes] : stored) REQUIRE(members->restore(device_hash(id), id, bytes));
        members->restored();
      }
      std::int64_t low = std::numeric_limits<std::int64_t>::max(), oldest = low;
      for (const auto& [id, d] : model)
        if (d.active) low = std::min(low, d.high), oldest = std::min(oldest, d.received);
      const bool none = low == std::numeric_limits<std::int64_t>::max();
      REQUIRE(members->low() == (none ? no_time : low));
      REQUIRE(members->oldest() == (none ? no_time : oldest));
      REQUIRE(members->size() == model.size());
    }
  }
}

TEST_CASE("only devices that changed are saved again") {
  key_members members;
  for (int i = 0; i < 10000; ++i) {
    const auto id = "device-" + std::to_string(i);
    members.event(members.reserve(device_hash(id), id), i, i);
  }
  const auto taken = [&] {
    std::size_t n = 0;
    members.take_dirty([&](const key_members::member&) { ++n; });
    return n;
  };
  CHECK(taken() == 10000);
  members.event(members.reserve(device_hash("device-7"), "device-7"), 20000, 20000);
  CHECK(taken() == 1);
  CHECK_FALSE(members.restore(1, "x", "damaged"));
}
