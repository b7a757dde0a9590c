// `scripts/bench window [REPEATS] [WORD]`: each kind of window in a shard, beside a hand-written loop over
// the same decoded rows (window_floor.cpp), by device and by another key. CPU of one thread per event once
// the windows are full, results and checkpoint parts included; every kind gives one result for 12 readings.
// All cases take turns within a repeat, so that the ratios between them are paired. One JSON line per case
// and number of devices; WORD: only the cases that have it in their name, and tumbling.
#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "actors/window/shard.hpp"
#include "test/bench/measure.hpp"
#include "test/bench/rows.hpp"
#include "test/bench/window_floor.hpp"

using namespace sluice;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

struct bench_case {
  std::string name;
  window_options window;
  floor_window floor;
  feed rows;
};

window_options of_kind(window_kind kind, window_length size = {}, window_length every = {}) {
  window_options w;
  w.kind = kind, w.size = size, w.every = every;
  w.idle = std::nullopt;
  w.aggregates = four_statistics();
  if (kind == window_kind::tumbling || kind == window_kind::hopping) w.allowed_lateness = minutes(8);
  return w;
}

std::vector<bench_case> all_cases() {
  using kind = window_kind;
  constexpr std::int64_t minute = 60000;
  const auto tumbling = of_kind(kind::tumbling, minutes(1));
  auto general = tumbling, calendar = of_kind(kind::tumbling, hours(24));
  general.offset = seconds(1); // not the tuned way
  calendar.timezone = "Europe/Berlin", calendar.allowed_lateness = hours(24);
  auto session = of_kind(kind::session), count = of_kind(kind::count);
  session.gap = seconds(30), count.count = 12;
  const auto hopping = [&](int size) { return of_kind(kind::hopping, minutes(size), minutes(1)); };
  const floor_window plain{};
  return {
      {"tumbling 1m", tumbling, plain, {}},
      {"tumbling 1m with an offset", general, plain, {}},
      {"hopping 10m / 1m", hopping(10), {floor_window::in_time, minute, 10}, {}},
      {"hopping 1h / 1m", hopping(60), {floor_window::in_time, minute, 60}, {}},
      {"session", session, {floor_window::session}, {1, 5000, 60000}},
      {"count 12", count, {floor_window::count}, {}},
      {"running 1m", of_kind(kind::running, {}, minutes(1)), {floor_window::running}, {}},
      {"calendar day", calendar, {floor_window::in_time, 0}, {1, 7200000}},
      {"tumbling 1m by key", tumbling, {floor_window::in_time, minute, 1, true}, {1, 5000, 0, 1}},
      {"tumbling 1m by key of 10", tumbling, {floor_window::in_time, minute, 1, true}, {1, 5000, 0, 10}},
      {"hopping 1h / 1m by key", hopping(60), {floor_window::in_time, minute, 60, true}, {1, 5000, 0, 1}}};
}

constexpr std::size_t full = 750; // readings of a device until every window is full, and a little more

std::size_t measured_batches(std::size_t devices) {
  return std::max(480 * devices, std::size_t{2000000}) / batch_rows;
}
std::size_t first_batches(std::size_t devices) {
  return full * devices / batch_rows + 1;
}

struct spent {
  double apply = 0, checkpoint = 0; // ns per event
  std::uint64_t results = 0;
};

spent run_shard(const bench_case& c) {
  no_store store;
  pipeline_plan p;
  p.name = "climate", p.source_name = "field", p.window = c.window;
  const std::uint16_t key = c.rows.devices_per_site > 0;
  if (key > 0) p.key = std::vector<std::string>{"site"}, p.key_index = key;
  auto made = shard::make(0, 1, {p}, &store);
  if (!made) std::fprintf(stderr, "%s\n", made.error().text.c_str()), std::exit(1);
  auto& s = **made;
  if (!s.load()) std::exit(1);
  row_source rows(c.rows);
  spent r;
  const auto n = measured_batches(c.rows.devices), first = first_batches(c.rows.devices);
  for (std::size_t i = 0; i < first + n; ++i) {
    const auto& batch = rows.next();
    const auto start = thread_cpu_ns();
    s.apply(batch, rows.all_rows(), key);
    const auto applied = thread_cpu_ns();
    if (i >= first) r.apply += applied - start;
    if (i % 64 != 63 && i != first - 1 && i != first + n - 1) continue;
    const auto part = thread_cpu_ns();
    {
      const auto got = s.take_part(i + 1);
      s.committed(i + 1);
      if (i >= first) r.results += got.results.size();
    }
    if (i >= first) r.checkpoint += thread_cpu_ns() - part;
  }
  const auto events = static_cast<double>(n * batch_rows);
  r.apply /= events, r.checkpoint /= events;
  return r;
}

double run_floor(const bench_case& c) {
  auto floor = make_window_floor(c.floor);
  row_source rows(c.rows);
  double spent = 0;
  const auto n = measured_batches(c.rows.devices), first = first_batches(c.rows.devices);
  for (std::size_t i = 0; i < first + n; ++i) {
    const auto& batch = rows.next();
    const auto start = thread_cpu_ns();
    if (floor(batch) == 0 && i == first + n - 1) std::exit(1);
    if (i >= first) spent += thread_cpu_ns() - start;
  }
  return spent / static_cast<double>(n * batch_rows);
}

struct measured {
  std::vector<double> ours, floor, ratio, apply, to_tuned, to_general;
  std::uint64_t results = 0;
};

} // namespace

int main(int argc, char** argv) {
  const std::size_t repeats = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 3;
  const std::string_view word = argc > 2 ? argv[2] : "";
  for (const std::size_t devices : {std::size_t{100}, std::size_t{10000}}) {
    std::map<std::string, measured> by_name;
    const auto cases = all_cases();
    for (std::size_t repeat = 0; repeat < repeats; ++repeat) {
      double tuned = 0, general = 0;
      for (auto c : cases) {
        if (c.name.find(word) == c.name.npos && c.name != cases[0].name && c.name != cases[1].name) continue;
        c.rows.devices = devices;
        const auto ours = run_shard(c);
        const auto floor = run_floor(c), sum = ours.apply + ours.checkpoint;
        if (c.name == cases[0].name) tuned = sum;
        if (c.name == cases[1].name) general = sum;
        auto& m = by_name[c.name];
        m.ours.push_back(sum), m.floor.push_back(floor), m.ratio.push_back(sum / floor);
        m.apply.push_back(ours.apply), m.results = ours.results;
        m.to_tuned.push_back(sum / tuned), m.to_general.push_back(general > 0 ? sum / general : 0);
      }
    }
    for (const auto& c : cases) {
      const auto at = by_name.find(c.name);
      if (at == by_name.end()) continue;
      const auto& m = at->second;
      std::printf(
          "{\"bench\":\"window\",\"case\":\"%s\",\"devices\":%zu,\"durability\":\"memory\",\"events\":%zu,"
          "\"cpu_ns_per_event\":%.1f,\"floor_cpu_ns_per_event\":%.1f,\"ratio\":%.3f,"
          "\"without_checkpoint\":%.1f,\"to_tumbling\":%.3f,\"to_tumbling_with_an_offset\":%.3f,"
          "\"results\":%llu}\n",
          c.name.c_str(), devices, measured_batches(devices) * batch_rows, median(m.ours), median(m.floor),
          median(m.ratio), median(m.apply), median(m.to_tuned), median(m.to_general),
          static_cast<unsigned long long>(m.results));
    }
    std::fflush(stdout);
  }
}
