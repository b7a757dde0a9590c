// CPU per event of decode + batch (duplicate check on) beside a bare simdjson On-Demand parse of the same
// three fields:
// {"time":ms,"temperature":d,"humidity":d} with the device in the topic. Prints one JSON line per
// measurement.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <simdjson.h>

#include "actors/ingest/source_reader.hpp"

namespace {

using namespace sluice;

double cpu_ns() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

struct sample {
  std::shared_ptr<const char[]> chunk;
  std::vector<message_out> messages;
};

sample make_sample(std::size_t count, std::size_t devices, std::int64_t now_ms) {
  std::mt19937_64 random(7);
  std::string bytes;
  std::vector<std::pair<std::size_t, std::size_t>> lengths; // topic, payload
  for (std::size_t i = 0; i < count; ++i) {
    char text[160];
    const int topic = std::snprintf(text, sizeof text, "greenhouse/device-%06zu/climate",
                                    static_cast<std::size_t>(random() % devices));
    bytes.append(text, static_cast<std::size_t>(topic));
    const int payload = std::snprintf(
        text, sizeof text, "{\"time\":%lld,\"temperature\":%.2f,\"humidity\":%.1f}",
        static_cast<long long>(now_ms + static_cast<std::int64_t>(i)),
        15 + static_cast<double>(random() % 1500) / 100, 30 + static_cast<double>(random() % 500) / 10);
    bytes.append(text, static_cast<std::size_t>(payload));
    lengths.emplace_back(topic, payload);
  }
  std::shared_ptr<char[]> chunk(new char[bytes.size() + 64]());
  bytes.copy(chunk.get(), bytes.size());
  sample s{chunk, {}};
  const char* at = chunk.get();
  for (std::size_t i = 0; i < count; ++i) {
    message_out m;
    m.sequence = i + 1;
    m.received_ms = now_ms + static_cast<std::int64_t>(i);
    m.packet_id = static_cast<std::uint16_t>(i % 65535 + 1);
    m.qos = 1;
    m.topic = {at, lengths[i].first};
    m.payload = {at + lengths[i].first, lengths[i].second};
    at += lengths[i].first + lengths[i].second;
    s.messages.push_back(m);
  }
  return s;
}

double bare(const sample& s, double& checksum) {
  namespace ondemand = simdjson::ondemand;
  ondemand::parser parser;
  std::string buffer;
  buffer.reserve(4096);
  const auto begin = cpu_ns();
  for (const auto& m : s.messages) {
    buffer.assign(m.payload);
    auto document =
        parser.iterate(simdjson::padded_string_view(buffer.data(), buffer.size(), buffer.capacity()));
    std::int64_t time = 0;
    double temperature = 0, humidity = 0;
    for (auto f : document.get_object()) {
      const std::string_view key = f.unescaped_key();
      if (key == "time")
        time = f.value().get_int64();
      else if (key == "temperature")
        temperature = f.value().get_double();
      else if (key == "humidity")
        humidity = f.value().get_double();
    }
    checksum += static_cast<double>(time) + temperature + humidity;
  }
  return (cpu_ns() - begin) / static_cast<double>(s.messages.size());
}

double ours(source_reader& reader, batch_pool& pool, const sample& s, double& checksum) {
  std::vector<std::shared_ptr<event_batch>> done;
  std::vector<std::vector<std::uint32_t>> lists;
  const auto begin = cpu_ns();
  for (std::size_t i = 0; i < s.messages.size(); ++i) {
    reader.take(s.messages[i], s.chunk, {}, done);
    if (i % 1024 != 1023) continue;
    reader.cut(done);
    for (auto& b : done) {
      route(*b, 2, lists);
      checksum += static_cast<double>(lists[0].size());
      pool.give(std::move(b));
    }
    done.clear();
  }
  return (cpu_ns() - begin) / static_cast<double>(s.messages.size());
}

} // namespace

int main(int argc, char** argv) {
  const std::size_t count = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 1'000'000;
  const std::int64_t now_ms = 1'700'000'000'000;
  const auto s = make_sample(count, 10'000, now_ms);
  reader_source source;
  source.options.name = "field";
  source.options.mqtt()->topics.push_back(*config::topic_template::parse("greenhouse/{device}/climate"));
  source.options.decode.json.time = {false, "$.time", time_unit::ms};
  source.used_fields = {"temperature", "humidity"};
  source.pipelines = {{0, "climate"}};
  batch_pool pool;
  source_reader reader(source, 0, pool);
  double checksum = 0;
  const unsigned long rounds = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 5;
  for (unsigned long round = 0; round < rounds; ++round) {
    const double floor = bare(s, checksum), mine = ours(reader, pool, s, checksum);
    std::printf("{\"bench\":\"decode\",\"case\":\"time+2 doubles\",\"events\":%zu,\"cpu_ns_per_event\":%.1f,"
                "\"floor_cpu_ns_per_event\":%.1f,\"ratio\":%.2f}\n",
                count, mine, floor, mine / floor);
  }
  return checksum == 0;
}
