// UC2 by hand in one thread beside the client's own: consume, parse, windows by sensor with a watermark
// 1 s behind its highest time, final results as JSON to a topic, the group's offsets every 5 s. No journal,
// no state that survives a crash, no duplicates, no late data, no ledger.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <simdjson.h>
#include <tsl/robin_map.h>
#include <xxhash.h>

#include "test/bench/kafka/client.hpp"

namespace uc2 {

namespace {

struct window {
  std::int64_t start = 0;
  double n = 0, sum = 0, mean = 0, m2 = 0, min = INFINITY, max = -INFINITY; // n = 0: not open

  void add(double x) { // Welford 1962
    n += 1, sum += x;
    const double d = x - mean;
    mean += d / n;
    m2 += d * (x - mean);
    min = std::min(min, x), max = std::max(max, x);
  }
};

struct sensor {
  std::int64_t high = 0;
  window windows[2]; // by parity of the number
};

struct hash {
  std::size_t operator()(std::string_view s) const { return XXH3_64bits(s.data(), s.size()); }
};

char* put(char* to, std::string_view text) {
  return std::copy(text.begin(), text.end(), to);
}
char* put(char* to, std::string_view name, double value) {
  return std::to_chars(put(to, name), to + 999, value).ptr;
}
char* put(char* to, std::string_view name, std::int64_t value) {
  return std::to_chars(put(to, name), to + 999, value).ptr;
}

class publisher {
public:
  explicit publisher(const job& j)
      : producer_(make_client(
            RD_KAFKA_PRODUCER, j.brokers,
            {{"enable.idempotence", "true"}, {"linger.ms", "5"}, {"delivery.report.only.error", "true"}})),
        topic_(rd_kafka_topic_new(producer_.get(), j.results.c_str(), nullptr)), window_ms_(j.window_ms) {}
  ~publisher() { rd_kafka_topic_destroy(topic_); }
  publisher(const publisher&) = delete;
  publisher& operator=(const publisher&) = delete;

  void emit(std::string_view id, window& w) {
    char line[1024];
    char* to = put(put(line, R"({"pipeline":"uc2","device":")"), id);
    to = put(put(to, R"(","start":)", w.start), R"(,"end":)", w.start + window_ms_);
    to = put(to, R"(,"revision":0,"values":{"count":)", static_cast<std::int64_t>(w.n));
    to = put(put(put(to, R"(,"sum":)", w.sum), R"(,"min":)", w.min), R"(,"max":)", w.max);
    to = put(put(put(to, R"(,"mean":)", w.mean), R"(,"var_pop":)", w.m2 / w.n), "}}");
    while (rd_kafka_produce(topic_, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, line,
                            static_cast<std::size_t>(to - line), id.data(), id.size(), nullptr) != 0) {
      if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL)
        give_up(rd_kafka_err2str(rd_kafka_last_error()));
      rd_kafka_poll(producer_.get(), 10);
    }
    w = window();
  }
  void poll() { rd_kafka_poll(producer_.get(), 0); }
  void finish() {
    if (rd_kafka_flush(producer_.get(), 60'000) != RD_KAFKA_RESP_ERR_NO_ERROR)
      give_up("not all results were taken");
  }

private:
  client producer_;
  rd_kafka_topic_t* topic_;
  std::int64_t window_ms_;
};

} // namespace

void loop(const job& j) {
  tsl::robin_map<std::string, sensor, hash, std::equal_to<>, std::allocator<std::pair<std::string, sensor>>,
                 true>
      all;
  simdjson::ondemand::parser parser;
  std::string padded(4096 + simdjson::SIMDJSON_PADDING, '\0');
  topic_reader reader(j.brokers, j.topic,
                      {{"auto.commit.interval.ms", "5000"}, {"queued.min.messages", "1000000"}});
  publisher results(j);
  while (reader.left() > 0) {
    for (const auto* m : reader.next()) {
      std::memcpy(padded.data(), m->payload, m->len);
      auto json = parser.iterate(padded.data(), m->len, padded.size());
      auto object = json.get_object();
      const std::string_view id = object["identifier"].get_string();
      const std::int64_t time = object["timestamp"].get_int64(), number = time / j.window_ms;
      const double value = object["valueInW"].get_double();
      const auto code = hash{}(id);
      auto at = all.find(id, code);
      auto& s = at != all.end() ? at.value() : all[std::string(id)];
      s.high = std::max(s.high, time);
      auto &now = s.windows[number & 1], &before = s.windows[~number & 1];
      if (before.n > 0 && before.start + j.window_ms <= s.high - delay_ms) results.emit(id, before);
      if (now.n > 0 && now.start != number * j.window_ms) results.emit(id, now);
      now.start = number * j.window_ms;
      now.add(value);
    }
    results.poll();
  }
  results.finish();
  print_usage(j.records);
}

} // namespace uc2
