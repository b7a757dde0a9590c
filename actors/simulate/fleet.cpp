// Daily curves, noise, drift, gaps, duplicates and disorder.
#include "actors/simulate/fleet.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <numbers>

namespace sluice {

namespace {

// A device may have this many readings held back at a time: each leaves a hole in the sequence, and a service
// that keeps a bounded number of holes (32 ranges) must not have to forget one.
constexpr unsigned most_held = 8;
constexpr unsigned longest_gap = 10;
constexpr double mean_gap = (1 + longest_gap) / 2.0;

double rounded(double value, double steps) {
  return std::round(value * steps) / steps;
}

void append(std::string& out, double value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  out.append(text, end);
}

} // namespace

fleet::fleet(const fleet_options& options, std::int64_t start_ms)
    : options_(options), last_ms_(start_ms), random_(options.seed), rooms_(std::max(1u, options.devices)) {
  for (auto& room : rooms_) room.base = 18 + 6 * chance();
}

// Written out, because the standard library's distributions differ between implementations.
double fleet::chance() {
  return static_cast<double>(random_() >> 11) * 0x1p-53;
}

double fleet::noise() { // Irwin-Hall of 4: variance 1/3
  return (chance() + chance() + chance() + chance() - 2) * std::sqrt(3.0);
}

reading fleet::take(std::uint32_t device, std::int64_t time_ms) {
  auto& room = rooms_[device];
  constexpr double day_ms = 86'400'000;
  const double day = std::fmod(static_cast<double>(time_ms), day_ms) / day_ms;
  const double sun = std::sin(2 * std::numbers::pi * (day - 0.375)); // warmest at 15:00 UTC, coldest at 03:00
  room.drift = 0.9995 * room.drift + 0.005 * noise();
  const double temperature = room.base + 3.5 * sun + room.drift + 0.08 * noise();
  const double humidity = std::clamp(52 - 2.2 * (temperature - 21) + 0.6 * noise(), 5.0, 95.0);
  return {device, time_ms, ++room.seq, rounded(temperature, 100), rounded(humidity, 10)};
}

void fleet::hold(const reading& r, bool again) {
  const auto by = static_cast<std::int64_t>(chance() * static_cast<double>(options_.disorder_by_ms));
  held_.push({r.time_ms + by, ++order_, r, again});
  if (!again) ++rooms_[r.device].held;
}

void fleet::release(std::int64_t until_ms, std::vector<reading>& out) {
  while (!held_.empty() && held_.top().until_ms <= until_ms) {
    const auto& first = held_.top();
    if (!first.again) --rooms_[first.what.device].held;
    out.push_back(first.what);
    held_.pop();
  }
}

void fleet::step(std::int64_t time_ms, std::vector<reading>& out) {
  last_ms_ = std::max(last_ms_, time_ms);
  const auto device = turn_;
  turn_ = (turn_ + 1) % static_cast<std::uint32_t>(rooms_.size());
  auto& room = rooms_[device];
  if (room.silent > 0) {
    --room.silent;
  } else if (options_.gaps > 0 && chance() * mean_gap < options_.gaps) {
    room.silent = static_cast<unsigned>(chance() * longest_gap); // this turn and so many more
  } else {
    const auto r = take(device, last_ms_);
    const bool late = options_.disorder > 0 && chance() < options_.disorder && room.held < most_held;
    if (late)
      hold(r, false);
    else
      out.push_back(r);
    if (options_.duplicates > 0 && chance() < options_.duplicates) hold(r, true);
  }
  release(last_ms_ - 1, out);
}

void fleet::finish(std::int64_t ahead_ms, std::vector<reading>& out) {
  release(std::numeric_limits<std::int64_t>::max(), out);
  if (ahead_ms <= 0) return;
  for (const auto more : {std::int64_t{0}, std::int64_t{1000}})
    for (std::uint32_t device = 0; device < rooms_.size(); ++device)
      out.push_back(take(device, last_ms_ + ahead_ms + more));
}

std::string fleet::device_name(std::uint32_t device) {
  return "room-" + std::to_string(device + 1);
}

void write_payload(const reading& r, std::string& out) {
  out = "{\"time\":";
  out += std::to_string(r.time_ms);
  out += ",\"seq\":";
  out += std::to_string(r.seq);
  out += ",\"temperature\":";
  append(out, r.temperature);
  out += ",\"humidity\":";
  append(out, r.humidity);
  out += '}';
}

} // namespace sluice
