// `scripts/bench shard`: the shard alone, without decoding, actors or store. CPU of one thread per event,
// bytes per device.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include <malloc.h>
#include <unistd.h>

#include "actors/window/shard.hpp"
#include "test/bench/measure.hpp"
#include "test/bench/rows.hpp"

using namespace sluice;

namespace {

std::size_t resident_bytes() {
  malloc_trim(0);
  std::ifstream f("/proc/self/statm");
  std::size_t all = 0, resident = 0;
  f >> all >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

pipeline_plan plan() {
  pipeline_plan p;
  p.name = "climate";
  p.source_name = "field";
  window_options w;
  w.size = std::chrono::minutes(1);
  w.allowed_lateness = std::chrono::minutes(8);
  w.aggregates = four_statistics();
  p.window = w;
  return p;
}

void run(std::size_t devices, std::size_t events, bool stored) {
  no_store store;
  auto made = shard::make(0, 1, {plan()}, stored ? &store : nullptr);
  if (!made) std::exit(1);
  auto& s = **made;
  if (!s.load()) std::exit(1);
  row_source rows({devices});
  const auto before = resident_bytes();
  double spent = 0, checkpoints = 0;
  std::size_t results = 0;
  for (std::size_t from = 0; from < events; from += batch_rows) {
    const auto& batch = rows.next();
    const auto start = thread_cpu_ns();
    s.apply(batch, rows.all_rows());
    const auto applied = thread_cpu_ns();
    spent += applied - start;
    if (from / batch_rows % 64 == 0) {
      results += s.take_part(from).results.size();
      s.committed(from);
      checkpoints += thread_cpu_ns() - applied;
    }
  }
  results += s.take_part(events).results.size();
  s.committed(events);
  const auto bytes = resident_bytes() - before;
  std::printf("{\"bench\":\"shard\",\"case\":\"%s\",\"devices\":%zu,\"events\":%zu,\"cpu_ns_per_event\":%.1f,"
              "\"checkpoint_cpu_ns_per_event\":%.1f,\"results\":%zu,\"bytes_per_device\":%.1f}\n",
              stored ? "store" : "memory", devices, events, spent / static_cast<double>(events),
              checkpoints / static_cast<double>(events), results,
              static_cast<double>(bytes) / static_cast<double>(devices));
}

} // namespace

int main() {
  for (const std::size_t devices : {100, 10000, 1000000})
    for (const bool stored : {true, false}) run(devices, devices == 1000000 ? 14000000 : 5120000, stored);
}
