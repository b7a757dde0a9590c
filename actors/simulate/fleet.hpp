// A fleet of room sensors: what each of them reads, and in which order the readings reach the broker. Pure:
// the same options, start and steps give the same readings, bit for bit.
#pragma once

#include <cstdint>
#include <queue>
#include <random>
#include <string>
#include <vector>

namespace sluice {

struct fleet_options {
  unsigned devices = 1;
  std::uint64_t seed = 1;
  double disorder = 0;                // share of readings that are held back and arrive behind later ones
  std::int64_t disorder_by_ms = 2000; // for at most this much event time
  double duplicates = 0; // share of readings that are published twice, with the same sequence number
  double gaps = 0; // share of readings that are never taken: a device is silent for 1 to 10 of its turns
};

struct reading {
  std::uint32_t device = 0; // 0 = room-1
  std::int64_t time_ms = 0;
  std::uint64_t seq = 0;  // 1, 2, 3, ... per device without holes: a silent device takes no numbers
  double temperature = 0; // degrees Celsius, 2 decimals
  double humidity = 0;    // percent, 1 decimal
};

class fleet {
public:
  fleet(const fleet_options& options, std::int64_t start_ms);

  // The turn of the next device (round robin) at event time `time_ms`, which never goes back. Appends what
  // reaches the broker now: 0 to many readings.
  void step(std::int64_t time_ms, std::vector<reading>& out);
  // The end: appends what is still held back, then two readings per device, `ahead_ms` and `ahead_ms` + 1 s
  // after the last step, which move every device's watermark past its windows. ahead_ms = 0: no such
  // readings.
  void finish(std::int64_t ahead_ms, std::vector<reading>& out);

  static std::string device_name(std::uint32_t device); // "room-1"

private:
  struct room {
    std::uint64_t seq = 0;
    unsigned silent = 0; // turns left in a gap
    unsigned held = 0;   // readings held back now
    double base = 0;     // mean temperature
    double drift = 0;    // slow error of the sensor
  };
  struct waiting {
    std::int64_t until_ms;
    std::uint64_t order; // among equals: first in, first out
    reading what;
    bool again; // a duplicate
    bool operator>(const waiting& o) const {
      return until_ms != o.until_ms ? until_ms > o.until_ms : order > o.order;
    }
  };

  double chance(); // uniform in [0, 1)
  double noise();  // mean 0, standard deviation 1
  reading take(std::uint32_t device, std::int64_t time_ms);
  void hold(const reading& r, bool again);
  void release(std::int64_t until_ms, std::vector<reading>& out);

  fleet_options options_;
  std::int64_t last_ms_;
  std::mt19937_64 random_;
  std::vector<room> rooms_;
  std::priority_queue<waiting, std::vector<waiting>, std::greater<>> held_;
  std::uint64_t order_ = 0;
  std::uint32_t turn_ = 0;
};

// Writes {"time":ms,"seq":n,"temperature":..,"humidity":..} into `out`, which is replaced.
void write_payload(const reading& r, std::string& out);

} // namespace sluice
