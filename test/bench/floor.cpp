// Decode, route by device, one-minute windows of [mean, min, max, stddev_pop] of two fields, results as JSON:
// by hand, in one thread, with the libraries and flags of the engine. No journal, duplicates, late data,
// ledger or recovery.
#include "test/bench/floor.hpp"

#include <cstring>
#include <simdjson.h>
#include <string_view>
#include <tsl/robin_map.h>
#include <xxhash.h>

#include "test/bench/floor_statistics.hpp"
#include "test/bench/measure.hpp"

namespace {
constexpr std::int64_t size = 60000, delay = 10000;

struct window {
  std::int64_t start = 0;
  double n = 0; // 0 = not open
  statistics temperature, humidity;
};
struct device {
  std::int64_t high = 0;
  window windows[2]; // by parity of the minute
};
struct hash {
  std::size_t operator()(std::string_view s) const { return XXH3_64bits(s.data(), s.size()); }
};
void emit(window& w, std::string_view id, std::string& out, floor_result& r) {
  char line[1024];
  char* to = put(put(put(line, R"({"pipeline":"climate","device":")"), id), R"(","start":)");
  to = put(std::to_chars(to, to + 20, w.start).ptr, R"(,"end":)");
  to = put(std::to_chars(to, to + 20, w.start + size).ptr, R"(,"revision":0,"values":{)");
  to = put(to, w.temperature, w.n,
           {R"("temperature_mean":)", R"(,"temperature_min":)", R"(,"temperature_max":)",
            R"(,"temperature_stddev_pop":)"});
  to = put(
      to, w.humidity, w.n,
      {R"(,"humidity_mean":)", R"(,"humidity_min":)", R"(,"humidity_max":)", R"(,"humidity_stddev_pop":)"});
  out.append(line, put(to, "}}\n"));
  ++r.results;
  w = window();
}

} // namespace

floor_result run_floor(const std::vector<bench_message>& messages) {
  floor_result r{0, messages.size(), 0, 0};
  tsl::robin_map<std::string, device, hash, std::equal_to<>, std::allocator<std::pair<std::string, device>>,
                 true>
      devices;
  simdjson::ondemand::parser parser;
  std::string out, padded(4096 + simdjson::SIMDJSON_PADDING, '\0');
  const double before = thread_cpu_ns();
  for (const auto& m : messages) {
    std::memcpy(padded.data(), m.payload.data(), m.payload.size());
    auto json = parser.iterate(padded.data(), m.payload.size(), padded.size());
    auto object = json.get_object();
    const std::int64_t time = object["time"].get_int64(), minute = time / size;
    const double temperature = object["temperature"].get_double(), humidity = object["humidity"].get_double();
    const auto from = m.topic.find('/') + 1;
    const auto id = std::string_view(m.topic).substr(from, m.topic.find('/', from) - from);
    auto at = devices.find(id, hash{}(id));
    auto& d = at != devices.end() ? at.value() : devices[std::string(id)];
    d.high = std::max(d.high, time);
    auto &w = d.windows[minute & 1], &before_it = d.windows[~minute & 1];
    if (w.n > 0 && w.start != minute * size) emit(w, id, out, r);
    if (before_it.n > 0 && before_it.start + size <= d.high - delay) emit(before_it, id, out, r);
    w.start = minute * size, w.n += 1;
    w.temperature.add(temperature, w.n), w.humidity.add(humidity, w.n);
    if (out.size() > 1u << 20) r.bytes += out.size(), out.clear();
  }
  r.cpu_ns_per_event = (thread_cpu_ns() - before) / static_cast<double>(messages.size());
  return r;
}
