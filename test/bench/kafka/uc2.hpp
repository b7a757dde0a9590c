// The load of Theodolite's UC2, the same for every system: one record per second of event time from each
// sensor, then one sentinel a minute later from each, which closes all windows. Values are known by a
// formula, so what a window must hold is computed without any of the systems.
#pragma once

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace uc2 {

inline constexpr std::int64_t sensors = 10'000, partitions = 4, step_ms = 1000, delay_ms = 1000,
                              sentinel_ms = 60'000;
inline constexpr std::int64_t begin_ms = 1'699'999'200'000; // a full hour

// Hundredths of a watt; 0.00 to 4999.99.
inline std::int64_t cents(std::int64_t sensor, std::int64_t tick) {
  return (sensor * 7919 + tick * 104'729) % 500'000;
}
inline std::int64_t time_ms(std::int64_t sensor, std::int64_t tick) {
  return begin_ms + tick * step_ms + sensor % step_ms;
}

// Sensor 17 is "s_17"; its records are in partition 17 % 4.
inline std::int64_t sensor_of(std::string_view name) {
  std::int64_t number = -1;
  if (name.starts_with("s_")) std::from_chars(name.data() + 2, name.data() + name.size(), number);
  return number;
}

using settings = std::vector<std::pair<std::string, std::string>>; // of librdkafka

// The end of the program, which says why.
[[noreturn]] void give_up(const std::string& why);

// What a program is told: `records` is their number without sentinels.
struct job {
  std::string brokers, topic;
  std::int64_t records = 0, window_ms = 10'000;
  std::string results; // a topic
  settings more;

  std::int64_t ticks() const noexcept { return records / sensors; }
  std::int64_t per_window() const noexcept { return window_ms / step_ms; }
};

// The programs.
void load(const job& j);
void bare(const job& j);
void loop(const job& j);
void check(const job& j);

// One JSON line of what this process has used so far: {"cpu_s":..,"peak_mb":..,"records":..}.
void print_usage(std::int64_t records);

} // namespace uc2
