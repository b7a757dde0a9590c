// `scripts/bench decode [EVENTS] [REPEATS] [WORD]`: CPU per event of each decoder, from a message of the
// journal to routed rows of a batch, duplicate rule on, beside a hand-written loop over the same payloads
// (decode_floor.cpp). An event is a time and two doubles, or one value; where a message holds many, ten. The
// cases take turns within a repeat. Prints one JSON line per case. WORD: only the cases that have it in their
// name.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "actors/ingest/source_reader.hpp"
#include "test/bench/decode_floor.hpp"
#include "test/bench/measure.hpp"
#include "test/bench/payloads.hpp"

namespace {

using namespace sluice;

constexpr std::int64_t now_ms = 1'700'000'000'000;

struct bench_case {
  const char* name;
  payload_maker make;
  decode_floor floor;
  std::size_t events; // of a message
  decode_options options = {};
};

std::vector<bench_case> all_cases() {
  const time_options at{false, "$.time", time_unit::ms}, column{false, "time", time_unit::ms};
  decode_options json;
  json.json.time = at;
  const std::vector<field_path> both = {{"temperature", "$.temperature"}, {"humidity", "$.humidity"}};
  json.json.fields = both;
  auto each = json, found = json, lines = json;
  each.json.each = "$.readings[*]";
  found.json.fields.clear();
  lines.lines = true;
  decode_options table, bare, pack, raw;
  table.kind = decode_options::format::csv, table.csv.time = column;
  auto columns = table;
  columns.kind = decode_options::format::delimited, columns.delimited.time = column;
  columns.delimited.columns = {"time", "temperature", "humidity"};
  bare.kind = decode_options::format::value;
  pack.kind = decode_options::format::senml;
  raw.kind = decode_options::format::raw;
  auto gz = each, zs = each;
  gz.inflate = compression::gzip, zs.inflate = compression::zstd;
  return {{"time+2 doubles", one_object, floor_json, 1, json},
          {"each", ten_objects, floor_each, 10, each},
          {"nested, fields as found", nested, floor_nested, 1, found},
          {"lines", ten_lines, floor_lines, 10, lines},
          {"csv", csv, floor_csv, 10, table},
          {"delimited", delimited, floor_delimited, 1, columns},
          {"value", value, floor_value, 1, bare},
          {"senml", senml, floor_senml, 10, pack},
          {"senml, object form", senml_object, floor_senml_object, 1, pack},
          {"raw", one_object, floor_raw, 1, raw},
          {"each, gzip", gzip, floor_gzip, 10, gz},
          {"each, zstd", zstd, floor_zstd, 10, zs}};
}

struct sample {
  std::shared_ptr<const char[]> chunk;
  std::vector<message_out> messages;
};

sample make_sample(const bench_case& c, std::size_t count, std::size_t devices) {
  std::mt19937_64 random(7);
  std::string bytes;
  std::vector<std::pair<std::size_t, std::size_t>> lengths; // topic, payload
  for (std::size_t i = 0; i < count; ++i) {
    const auto before = bytes.size();
    char topic[64];
    std::snprintf(topic, sizeof topic, "greenhouse/device-%06zu/temperature",
                  static_cast<std::size_t>(random() % devices));
    bytes += topic;
    const auto behind = bytes.size();
    bytes += c.make(now_ms + static_cast<std::int64_t>(i * c.events), random);
    lengths.emplace_back(behind - before, bytes.size() - behind);
  }
  std::shared_ptr<char[]> chunk(new char[bytes.size() + 64]());
  bytes.copy(chunk.get(), bytes.size());
  sample s{chunk, {}};
  const char* at = chunk.get();
  for (std::size_t i = 0; i < count; ++i) {
    message_out m;
    m.sequence = i + 1;
    m.received_ms = now_ms + static_cast<std::int64_t>(i * c.events);
    m.packet_id = static_cast<std::uint16_t>(i % 65535 + 1);
    m.qos = 1;
    m.topic = {at, lengths[i].first};
    m.payload = {at + lengths[i].first, lengths[i].second};
    at += lengths[i].first + lengths[i].second;
    s.messages.push_back(m);
  }
  return s;
}

// ns per event. Ends the program when another number of events comes out.
double by_hand(const bench_case& c, const sample& s) {
  double sum = 0;
  std::size_t events = 0;
  const auto begin = thread_cpu_ns();
  for (const auto& m : s.messages) events += c.floor(m.payload, sum);
  const auto spent = thread_cpu_ns() - begin;
  if (sum == 0 || events != s.messages.size() * c.events) // reading it keeps it from being optimised away
    std::fprintf(stderr, "decode_bench: the hand-written loop of %s has %zu events\n", c.name, events),
        std::exit(1);
  return spent / static_cast<double>(events);
}

double by_reader(const bench_case& c, const sample& s) {
  reader_source source;
  source.options.name = "field";
  source.options.mqtt()->topics.push_back(*config::topic_template::parse("greenhouse/{device}/{field}"));
  source.options.decode = c.options;
  source.used_fields = {"temperature", "humidity", "climate_temperature", "climate_humidity", "payload"};
  source.pipelines = {{0, "climate"}};
  batch_pool pool;
  source_reader reader(source, 0, pool);
  if (reader.broken()) std::fprintf(stderr, "%s\n", reader.broken()->text.c_str()), std::exit(1);
  std::vector<std::shared_ptr<event_batch>> done;
  std::vector<std::vector<std::uint32_t>> lists;
  std::size_t events = 0;
  const auto hand_over = [&] {
    reader.cut(done);
    for (auto& b : done) {
      route(*b, 2, lists);
      events += lists[0].size() + lists[1].size();
      pool.give(std::move(b));
    }
    done.clear();
  };
  const auto begin = thread_cpu_ns();
  for (std::size_t i = 0; i < s.messages.size(); ++i) {
    reader.take(s.messages[i], s.chunk, {}, done);
    if (i % (1024 / c.events) == 0) hand_over();
  }
  hand_over();
  const auto spent = thread_cpu_ns() - begin;
  if (events != s.messages.size() * c.events)
    std::fprintf(stderr, "decode_bench: %s gives %zu events\n", c.name, events), std::exit(1);
  return spent / static_cast<double>(events);
}

} // namespace

int main(int argc, char** argv) {
  const std::size_t count = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 300'000;
  const std::size_t repeats = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 5;
  const std::string_view word = argc > 3 ? argv[3] : "";
  struct measured {
    bench_case what;
    sample input;
    std::vector<double> ours = {}, floor = {}, ratio = {};
  };
  std::vector<measured> all;
  for (const auto& c : all_cases())
    if (std::string_view(c.name).find(word) != word.npos)
      all.push_back({c, make_sample(c, count / c.events, 10'000)});
  for (std::size_t i = 0; i < repeats; ++i)
    for (auto& m : all) {
      m.floor.push_back(by_hand(m.what, m.input));
      m.ours.push_back(by_reader(m.what, m.input));
      m.ratio.push_back(m.ours.back() / m.floor.back());
    }
  for (const auto& m : all)
    std::printf(
        "{\"bench\":\"decode\",\"case\":\"%s\",\"devices\":10000,\"events\":%zu,\"cpu_ns_per_event\":%.1f,"
        "\"floor_cpu_ns_per_event\":%.1f,\"ratio\":%.2f}\n",
        m.what.name, m.input.messages.size() * m.what.events, median(m.ours), median(m.floor),
        median(m.ratio));
}
