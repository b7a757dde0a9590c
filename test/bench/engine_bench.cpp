// `scripts/bench engine`: decode + route + 1-minute window with 4 statistics of 2 fields, through the same
// actors that wiring spawns (reader, shards), with duplicate rule, watermark and ledger counters on; the
// hand-written floor in the same run. One JSON line per measurement. CPU is user + system time of the whole
// process during the measured part; "memory" leaves out the thread that appends to the journal.
#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <mutex>
#include <thread>

#include <malloc.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <caf/all.hpp>

#include "actors/ingest/reader_actor.hpp"
#include "actors/store/journal.hpp"
#include "actors/window/shard_actor.hpp"
#include "app/plans.hpp"
#include "messages/health.hpp"
#include "test/bench/floor.hpp"
#include "test/bench/measure.hpp"

using namespace sluice;
using std::chrono::milliseconds;

namespace {

constexpr std::size_t append_batch = 256; // messages per append

struct settings : caf::actor_system_config {
  settings() {
    add_message_types<caf::id_block::sluice>();
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", std::max(2u, std::thread::hardware_concurrency()));
  }
};

double cpu_ns() {
  rusage u{};
  getrusage(RUSAGE_SELF, &u);
  return 1e9 * static_cast<double>(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
         1e3 * static_cast<double>(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

double thread_cpu_ns() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return 1e9 * static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec);
}

std::uint64_t resident_bytes() {
  std::ifstream f("/proc/self/statm");
  std::uint64_t all = 0, resident = 0;
  f >> all >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

struct temp_folder {
  temp_folder() {
    char name[] = "/tmp/sluice-bench-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~temp_folder() { std::filesystem::remove_all(path); }
  std::string path;
};

// The work: `events` readings of `devices` devices, one reading of each after the other, five seconds of
// event time apart.
std::vector<bench_message> make_messages(std::size_t devices, std::size_t events) {
  std::vector<bench_message> all(events);
  const std::int64_t start = 1700000000000;
  for (std::size_t i = 0; i < events; ++i) {
    const auto device = i % devices;
    const auto round = static_cast<std::int64_t>(i / devices);
    char text[128];
    std::snprintf(text, sizeof text, "{\"time\":%lld,\"temperature\":%.2f,\"humidity\":%.1f}",
                  static_cast<long long>(start + round * 5000),
                  20.0 + 5.0 * std::sin(static_cast<double>(i) * 0.001),
                  50.0 + static_cast<double>(i % 100) * 0.1);
    all[i].topic = "greenhouse/room-" + std::to_string(device) + "/climate";
    all[i].payload = text;
  }
  return all;
}

configuration make_configuration() {
  configuration c;
  source_options source;
  source.name = "field";
  source.mqtt()->topics.push_back(*config::topic_template::parse("greenhouse/{device}/climate"));
  source.decode.json.time.arrival = false;
  source.decode.json.time.path = "$.time";
  source.decode.future = std::nullopt; // the readings carry a fixed date
  c.sources.push_back(source);
  pipeline_options p;
  p.name = "climate";
  p.from = "field";
  window_options w;
  w.size = milliseconds(60000);
  w.watermark_delay = milliseconds(10000);
  w.allowed_lateness = milliseconds(480000);
  w.idle = std::nullopt;
  for (const char* field : {"temperature", "humidity"})
    for (auto [kind, name] :
         {std::pair{aggregate_kind::mean, "mean"}, std::pair{aggregate_kind::min, "min"},
          std::pair{aggregate_kind::max, "max"}, std::pair{aggregate_kind::stddev_pop, "stddev_pop"}})
      w.aggregates.push_back({field, kind, std::string(field) + "_" + name});
  p.window = w;
  c.pipelines.push_back(p);
  return c;
}

std::vector<message_in> views(const std::vector<bench_message>& all, std::size_t from, std::size_t n) {
  std::vector<message_in> batch;
  for (std::size_t i = from; i < std::min(all.size(), from + n); ++i) {
    message_in m;
    m.topic = all[i].topic;
    m.payload = all[i].payload;
    m.packet_id = static_cast<std::uint16_t>(i % 65535 + 1);
    m.qos = 1;
    batch.push_back(m);
  }
  return batch;
}

// Asks the reader until it has applied everything.
void wait_applied(caf::scoped_actor& self, const reader_actor& reader, std::uint64_t messages) {
  for (bool done = false; !done;) {
    self->request(reader, caf::infinite, status_atom_v)
        .receive(
            [&](const status_ptr& s) {
              for (const auto& [key, value] : s->details)
                if (key == "messages")
                  done = std::get<std::int64_t>(value) >= static_cast<std::int64_t>(messages);
            },
            [](const caf::error&) { std::abort(); });
    if (!done) std::this_thread::sleep_for(milliseconds(2));
  }
}

// Takes checkpoints and keeps nothing: results leave the shards, as they do in a service.
store_actor::behavior_type run_forgetful_store(store_actor::pointer self) {
  return {
      [](status_atom) -> status_ptr { return std::make_shared<component_status>(); },
      [self](stop_atom) { self->quit(); },
      [](wake_atom) {},
      [](beat_atom) {},
      [](engine_atom) -> std::uint64_t { return 1; },
      [](const checkpoint_ptr& c) -> std::uint64_t { return c->reader.position; },
      [](ledger_atom) -> ledger_ptr { return {}; },
  };
}

struct engine {
  settings cfg;
  caf::actor_system system{cfg};
  std::vector<shard_actor> shards;
  store_actor store;
  reader_actor reader;

  engine(const plans& p, journal& log, journal_clock& clock, std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) {
      shard_actor_config c;
      c.id = i;
      c.shards = count;
      c.plans = p.pipelines;
      shards.push_back(system.spawn(run_shard, std::move(c)));
    }
    reader_actor_config c;
    c.sources = p.sources;
    c.pipelines = p.pipelines.size();
    c.shards = count;
    c.log = &log;
    c.clock = &clock;
    c.shard_handles = shards;
    c.store_handle = store = system.spawn(run_forgetful_store);
    reader = system.spawn<caf::detached>(run_reader, std::move(c));
  }
  // All shards have done what the reader handed out, when they answer.
  void settle(caf::scoped_actor& self) {
    for (auto& s : shards)
      self->request(s, caf::infinite, status_atom_v)
          .receive([](const status_ptr&) {}, [](const caf::error&) {});
  }
  void stop() {
    caf::anon_send_exit(reader, caf::exit_reason::kill);
    for (auto& s : shards) caf::anon_send_exit(s, caf::exit_reason::kill);
    caf::anon_send_exit(store, caf::exit_reason::kill);
    reader = nullptr;
    store = nullptr;
    shards.clear();
  }
};

void print(const char* name, std::size_t devices, const char* durability, std::size_t events, double cpu,
           double floor, const std::string& more = "") {
  std::printf("{\"bench\":\"engine\",\"case\":\"%s\",\"devices\":%zu,\"durability\":\"%s\",\"events\":%zu,"
              "\"cpu_ns_per_event\":%.1f,\"floor_cpu_ns_per_event\":%.1f,\"ratio\":%.3f%s}\n",
              name, devices, durability, events, cpu, floor, cpu / floor, more.c_str());
  std::fflush(stdout);
}

// CPU ns per event of one run.
struct engine_cost {
  double all = 0;       // with the journal at `process`
  double in_memory = 0; // without the thread that appends: decode, route, windows, from the journal's memory
};

// The engine beside a source: a thread appends, waiting while it is half a tail of the journal ahead, so that
// the reader finds what it reads in memory, as in a service that keeps up.
engine_cost run_engine(const std::vector<bench_message>& all, std::uint32_t shards,
                       std::uint64_t* resident = nullptr) {
  constexpr std::size_t ahead = 8192;
  temp_folder dir;
  config::service_options service;
  service.keep.level = config::durability::kind::process;
  service.journal.segment_bytes = 1u << 30;
  journal_clock clock(system_clock_source());
  auto log = journal::open(dir.path, service, clock, 0);
  if (!log) std::fprintf(stderr, "%s\n", log.error().text.c_str()), std::exit(74);
  const auto p = make_plans(make_configuration());
  if (resident) malloc_trim(0); // else the first touch of fresh pages would be measured, not the steady state
  const auto resident_before = resident_bytes();
  const auto before = cpu_ns(), own_before = thread_cpu_ns();
  engine e(p, **log, clock, shards);
  caf::scoped_actor self(e.system);
  for (std::size_t i = 0; i < all.size(); i += append_batch) {
    if (i >= ahead && i % ahead < append_batch) wait_applied(self, e.reader, i - ahead);
    if (!(*log)->append("field", views(all, i, append_batch))) std::exit(74);
  }
  wait_applied(self, e.reader, all.size());
  e.settle(self);
  const auto after = cpu_ns(), own_after = thread_cpu_ns();
  if (resident) *resident = resident_bytes() - std::min(resident_before, resident_bytes());
  e.stop();
  const auto events = static_cast<double>(all.size());
  return {(after - before) / events, (after - before - (own_after - own_before)) / events};
}

// The bare append of the same messages, in the same batches.
double run_append(const std::vector<bench_message>& all) {
  temp_folder dir;
  config::service_options service;
  service.keep.level = config::durability::kind::process;
  service.journal.segment_bytes = 1u << 30;
  journal_clock clock(system_clock_source());
  auto log = journal::open(dir.path, service, clock, 0);
  if (!log) std::exit(74);
  const auto before = cpu_ns();
  for (std::size_t i = 0; i < all.size(); i += append_batch) {
    const auto batch = views(all, i, append_batch);
    if (!(*log)->append("field", batch)) std::exit(74);
  }
  return (cpu_ns() - before) / static_cast<double>(all.size());
}

// Opens a journal with that many unapplied events and applies them all. Returns wall seconds.
double run_recovery(const std::vector<bench_message>& all, std::uint32_t shards) {
  temp_folder dir;
  config::service_options service;
  service.keep.level = config::durability::kind::process;
  journal_clock clock(system_clock_source());
  {
    auto log = journal::open(dir.path, service, clock, 0);
    for (std::size_t i = 0; i < all.size(); i += append_batch) {
      const auto batch = views(all, i, append_batch);
      if (!(*log)->append("field", batch)) std::exit(74);
    }
  }
  const auto p = make_plans(make_configuration());
  const auto begin = std::chrono::steady_clock::now();
  auto log = journal::open(dir.path, service, clock, 0);
  if (!log) std::exit(74);
  engine e(p, **log, clock, shards);
  caf::scoped_actor self(e.system);
  wait_applied(self, e.reader, all.size());
  e.settle(self);
  const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  e.stop();
  return seconds;
}

// Growth of resident memory, bytes, of a process that applies one event of each of so many devices.
double resident_growth(const char* self, std::size_t devices) {
  const auto command = std::string(self) + " memory " + std::to_string(devices);
  double bytes = 0;
  if (FILE* out = ::popen(command.c_str(), "r")) {
    if (std::fscanf(out, "%lf", &bytes) != 1) bytes = 0;
    ::pclose(out);
  }
  return bytes;
}

} // namespace

int main(int argc, char** argv) {
  const auto shards = std::clamp(std::thread::hardware_concurrency(), 1u, 64u);
  if (argc > 2 && std::string_view(argv[1]) == "memory") { // in a process of its own, see resident_growth
    std::uint64_t bytes = 0;
    const auto devices = std::strtoul(argv[2], nullptr, 10); // one event each: one open window, no result
    run_engine(make_messages(devices, devices), shards, &bytes);
    std::printf("%llu\n", static_cast<unsigned long long>(bytes));
    return 0;
  }
  if (argc > 2 && std::string_view(argv[1]) == "profile") { // for perf: the engine in memory and nothing else
    const auto all = make_messages(std::strtoul(argv[2], nullptr, 10), 2000000);
    const auto runs = argc > 3 ? std::strtoul(argv[3], nullptr, 10) : 8;
    for (std::size_t i = 0; i < runs; ++i)
      std::printf("%.1f ns per event\n", run_engine(all, shards).in_memory);
    return 0;
  }
  const std::size_t repeats = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 3;
  const std::size_t only = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 0; // so many devices, and no more
  for (std::size_t devices : {std::size_t{100}, std::size_t{10000}, std::size_t{1000000}}) {
    if (only != 0 && devices != only) continue;
    const std::size_t events = devices == 1000000 ? 4000000 : 2000000;
    const auto all = make_messages(devices, events);
    std::vector<double> floors, memory, process, appends, ratio_memory, ratio_process;
    for (std::size_t i = 0; i < repeats; ++i) { // interleaved: the machine's speed drifts
      floors.push_back(run_floor(all).cpu_ns_per_event);
      const auto cost = run_engine(all, shards);
      appends.push_back(run_append(all));
      memory.push_back(cost.in_memory);
      process.push_back(cost.all);
      ratio_memory.push_back(memory.back() / floors.back());
      ratio_process.push_back(process.back() / (1.6 * floors.back() + 1.2 * appends.back()));
    }
    char more[160];
    std::snprintf(more, sizeof more, ",\"paired_ratio\":%.3f", median(ratio_memory));
    print("window", devices, "memory", events, median(memory), median(floors), more);
    std::snprintf(more, sizeof more, ",\"append_cpu_ns_per_event\":%.1f,\"of_allowed\":%.3f", median(appends),
                  median(ratio_process));
    print("window", devices, "process", events, median(process), median(floors), more);
  }
  if (only != 0) return 0;
  {
    const auto all = make_messages(10000, 1000000);
    std::printf("{\"bench\":\"engine\",\"case\":\"recovery\",\"devices\":10000,\"durability\":\"process\","
                "\"events\":1000000,"
                "\"seconds\":%.3f}\n",
                run_recovery(all, shards));
  }
  // One open window per device: what a million devices cost, less what a hundred do.
  const auto few = resident_growth(argv[0], 100), many = resident_growth(argv[0], 1000000);
  std::printf("{\"bench\":\"engine\",\"case\":\"memory\",\"devices\":1000000,\"durability\":\"memory\","
              "\"events\":1000000,"
              "\"resident_bytes_per_device\":%.1f}\n",
              (many - few) / 1e6);
  return 0;
}
