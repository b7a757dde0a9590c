// The floor of the engine benchmark: what one thread needs for the same job when nothing can fail, be lost or
// be asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

// One MQTT message: topic greenhouse/DEVICE/climate, payload {"time":ms,"temperature":d,"humidity":d}.
struct bench_message {
  std::string topic, payload;
};

struct floor_result {
  double cpu_ns_per_event = 0;                      // CPU time of the calling thread
  std::uint64_t events = 0, results = 0, bytes = 0; // bytes of result JSON
};

floor_result run_floor(const std::vector<bench_message>& messages);
