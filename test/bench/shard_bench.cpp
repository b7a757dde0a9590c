// `scripts/bench shard`: the shard alone, without decoding, actors or store. CPU of one thread per event,
// bytes per device.
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string>

#include <malloc.h>
#include <unistd.h>

#include "actors/window/device_table.hpp"
#include "actors/window/shard.hpp"

using namespace sluice;

namespace {

double thread_cpu_ns() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return 1e9 * static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec);
}

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
  for (const char* field : {"temperature", "humidity"})
    for (auto [kind, name] :
         {std::pair{aggregate_kind::mean, "_mean"}, std::pair{aggregate_kind::min, "_min"},
          std::pair{aggregate_kind::max, "_max"}, std::pair{aggregate_kind::stddev_pop, "_stddev_pop"}})
      w.aggregates.push_back({field, kind, std::string(field) + name});
  p.window = w;
  return p;
}

// Keeps nothing: what a shard hands over is dropped, as if stored.
class no_store : public state_source {
public:
  std::optional<std::string> get(state_family, std::string_view) const override { return {}; }
  void scan(state_family, std::string_view,
            const std::function<bool(std::string_view, std::string_view)>&) const override {}
};

constexpr std::size_t batch_rows = 512;

// Refills the batch with the rows of events [from, from + batch_rows): each device in turn, five seconds
// apart.
void fill(event_batch& b, std::size_t from, std::size_t devices) {
  b.rows.clear(), b.slots.clear(), b.types.clear(), b.arena.clear();
  for (std::size_t i = from; i < from + batch_rows; ++i) {
    const auto id = "room-" + std::to_string(i % devices);
    event_row r;
    r.hash = device_hash(id);
    r.sequence = i + 1;
    r.time_ms = 1700000000000 + static_cast<std::int64_t>(i / devices) * 5000;
    r.received_ms = r.time_ms;
    r.device_offset = static_cast<std::uint32_t>(b.arena.size());
    r.device_length = static_cast<std::uint32_t>(id.size());
    b.arena += id;
    b.rows.push_back(r);
    b.slots.push_back(slot::of(20.0 + static_cast<double>(i % 777) * 0.01));
    b.slots.push_back(slot::of(50.0 + static_cast<double>(i % 100) * 0.1));
    b.types.insert(b.types.end(), 2, value_type::number);
  }
}

void run(std::size_t devices, std::size_t events, bool stored) {
  no_store store;
  auto made = shard::make(0, 1, {plan()}, stored ? &store : nullptr);
  if (!made) std::exit(1);
  auto& s = **made;
  if (!s.load()) std::exit(1);
  event_batch b;
  b.stride = 2;
  b.names = std::make_shared<field_names>(field_names{"temperature", "humidity"});
  std::vector<std::uint32_t> rows;
  for (std::uint32_t i = 0; i < batch_rows; ++i) rows.push_back(i);
  fill(b, 0, devices);
  const auto before = resident_bytes();
  double spent = 0, checkpoints = 0;
  std::size_t results = 0;
  for (std::size_t from = 0; from < events; from += batch_rows) {
    fill(b, from, devices);
    const auto start = thread_cpu_ns();
    s.apply(b, rows);
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
