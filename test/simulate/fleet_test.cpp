// The fleet: what it promises about sequence numbers, disorder, duplicates, gaps and the last readings.
#include <algorithm>
#include <map>
#include <set>

#include <doctest/doctest.h>

#include "actors/simulate/fleet.hpp"

using namespace sluice;

namespace {

constexpr std::int64_t start = 1'700'000'000'000;

// `steps` turns at 10 ms of event time each; no sentinels unless asked for.
std::vector<reading> all_of(const fleet_options& options, int steps, std::int64_t ahead_ms = 0) {
  fleet one(options, start);
  std::vector<reading> out;
  for (int i = 0; i < steps; ++i) one.step(start + i * 10, out);
  one.finish(ahead_ms, out);
  return out;
}

std::string text_of(const std::vector<reading>& all) {
  std::string out, payload;
  for (const auto& r : all) {
    write_payload(r, payload);
    out += fleet::device_name(r.device) + payload + "\n";
  }
  return out;
}

fleet_options busy(unsigned devices = 20) {
  fleet_options o;
  o.devices = devices;
  o.disorder = 0.2;
  o.duplicates = 0.1;
  o.gaps = 0.1;
  return o;
}

} // namespace

TEST_CASE("equal seeds give equal readings in equal order, other seeds others") {
  auto options = busy();
  const auto first = text_of(all_of(options, 5000, 120000));
  CHECK(first == text_of(all_of(options, 5000, 120000)));
  options.seed = 2;
  CHECK(first != text_of(all_of(options, 5000, 120000)));
}

TEST_CASE("without disorder, duplicates and gaps every turn is one reading, in order") {
  fleet_options options;
  options.devices = 7;
  const auto all = all_of(options, 700);
  REQUIRE(all.size() == 700);
  for (std::size_t i = 0; i < all.size(); ++i) {
    CHECK(all[i].device == i % 7);
    CHECK(all[i].seq == i / 7 + 1);
    CHECK(all[i].time_ms == start + static_cast<std::int64_t>(i) * 10);
  }
}

TEST_CASE("sequence numbers of a device have no holes, whatever is held back, doubled or skipped") {
  const auto all = all_of(busy(), 20000);
  std::map<std::uint32_t, std::set<std::uint64_t>> seen;
  for (const auto& r : all) seen[r.device].insert(r.seq);
  REQUIRE(seen.size() == 20);
  for (const auto& [device, numbers] : seen) {
    CHECK(*numbers.begin() == 1);
    CHECK(*numbers.rbegin() == numbers.size());
  }
}

TEST_CASE("a duplicate is the same reading once more") {
  fleet_options options;
  options.devices = 5;
  options.duplicates = 0.1;
  std::map<std::pair<std::uint32_t, std::uint64_t>, std::vector<reading>> by;
  for (const auto& r : all_of(options, 10000)) by[{r.device, r.seq}].push_back(r);
  std::size_t twice = 0;
  for (const auto& [id, copies] : by) {
    CHECK(copies.size() <= 2);
    if (copies.size() < 2) continue;
    ++twice;
    CHECK(copies[0].time_ms == copies[1].time_ms);
    CHECK(copies[0].temperature == copies[1].temperature);
    CHECK(copies[0].humidity == copies[1].humidity);
  }
  CHECK(by.size() == 10000);
  CHECK(twice > 800);
  CHECK(twice < 1200);
}

TEST_CASE("disorder stays within its bound and leaves at most 8 holes per device") {
  auto options = busy(1); // one device at 100 readings/s: the hardest case for the holes
  options.disorder = 0.5;
  std::int64_t newest = 0;
  std::uint64_t highest = 0;
  std::set<std::uint64_t> missing;
  std::size_t late = 0, most = 0;
  for (const auto& r : all_of(options, 20000)) {
    CHECK(newest - r.time_ms <= options.disorder_by_ms + 10); // released at the turn after its time has come
    late += r.time_ms < newest;
    newest = std::max(newest, r.time_ms);
    for (auto n = highest + 1; n < r.seq; ++n) missing.insert(n);
    missing.erase(r.seq);
    highest = std::max(highest, r.seq);
    most = std::max(most, missing.size());
  }
  CHECK(missing.empty());
  CHECK(late > 500);
  CHECK(most <= 8);
}

TEST_CASE("gaps take away about their share of the readings") {
  fleet_options options;
  options.devices = 50;
  options.gaps = 0.2;
  const auto left = all_of(options, 50000).size();
  CHECK(left > 38000);
  CHECK(left < 44000);
}

TEST_CASE("two last readings per device lie ahead of everything") {
  auto options = busy(30);
  const auto all = all_of(options, 3000, 120000);
  const auto last = start + 2999 * 10;
  REQUIRE(all.size() > 60);
  for (std::size_t i = 0; i < 60; ++i) {
    const auto& r = all[all.size() - 60 + i];
    CHECK(r.device == i % 30);
    CHECK(r.time_ms == last + 120000 + (i < 30 ? 0 : 1000));
  }
  for (std::size_t i = 0; i + 60 < all.size(); ++i) CHECK(all[i].time_ms <= last);
}

TEST_CASE("temperature follows the day, humidity runs against it, both stay plausible") {
  fleet_options options;
  options.devices = 1;
  fleet one(options, start);
  std::vector<reading> all;
  const std::int64_t midnight = 1'699'920'000'000; // 2023-11-14T00:00:00Z
  for (int minute = 0; minute < 1440; ++minute) one.step(midnight + 86'400'000 + minute * 60'000, all);
  const auto at = [&](int hour) { return all[static_cast<std::size_t>(hour * 60)]; };
  CHECK(at(15).temperature > at(3).temperature + 4);
  CHECK(at(15).humidity < at(3).humidity);
  for (const auto& r : all) {
    CHECK(r.temperature > 5);
    CHECK(r.temperature < 40);
    CHECK(r.humidity >= 5);
    CHECK(r.humidity <= 95);
  }
}

TEST_CASE("a payload is one line of JSON with the shortest numbers") {
  std::string out = "old";
  write_payload({0, start, 12, 21.5, 48}, out);
  CHECK(out == R"({"time":1700000000000,"seq":12,"temperature":21.5,"humidity":48})");
  write_payload({0, start, 13, -0.07, 48.2}, out);
  CHECK(out == R"({"time":1700000000000,"seq":13,"temperature":-0.07,"humidity":48.2})");
}
