// Reads what a system has written and compares each window with what the formula says: count, minimum and
// maximum exactly, the others to 1e-9. Prints
// {"exact":..,"results":..,"missing":..,"doubled":..,"wrong":..,"first_ms":.., "last_ms":..}, the times as
// the broker has appended the records (its topic must have LogAppendTime).
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <simdjson.h>

#include "test/bench/kafka/client.hpp"

namespace uc2 {

namespace {

bool close(double got, double wanted) {
  return std::abs(got - wanted) <= 1e-9 * std::max(std::abs(wanted), 1.0);
}

bool right(simdjson::ondemand::object values, std::int64_t sensor, std::int64_t first_tick, std::int64_t n) {
  std::int64_t sum = 0, squares = 0, low = 500'000, high = 0;
  for (std::int64_t tick = first_tick; tick < first_tick + n; ++tick) {
    const auto value = cents(sensor, tick);
    sum += value, squares += value * value;
    low = std::min(low, value), high = std::max(high, value);
  }
  const double variance = static_cast<double>(n * squares - sum * sum) / static_cast<double>(n * n) / 1e4;
  const auto of = [&](const char* name) { return double(values[name].get_double()); };
  return of("count") == double(n) && close(of("sum"), double(sum) / 100) && of("min") == double(low) / 100 &&
         of("max") == double(high) / 100 && close(of("mean"), double(sum) / 100 / double(n)) &&
         close(of("var_pop"), variance);
}

} // namespace

void check(const job& j) {
  const auto windows = j.ticks() / j.per_window();
  std::vector<char> seen(static_cast<std::size_t>(sensors * windows));
  std::int64_t results = 0, doubled = 0, wrong = 0, first = std::numeric_limits<std::int64_t>::max(),
               last = 0;
  simdjson::ondemand::parser parser;
  std::string padded(4096 + simdjson::SIMDJSON_PADDING, '\0');
  for (topic_reader reader(j.brokers, j.topic, {}); reader.left() > 0;) {
    for (const auto* m : reader.next()) {
      ++results;
      rd_kafka_timestamp_type_t type;
      const auto time = rd_kafka_message_timestamp(m, &type);
      first = std::min(first, time), last = std::max(last, time);
      std::memcpy(padded.data(), m->payload, m->len);
      try {
        auto json = parser.iterate(padded.data(), m->len, padded.size());
        auto object = json.get_object();
        const auto sensor = sensor_of(object["device"].get_string());
        const std::int64_t start = object["start"].get_int64(), number = (start - begin_ms) / j.window_ms;
        const bool known = sensor >= 0 && sensor < sensors && start >= begin_ms && number < windows &&
                           start == begin_ms + number * j.window_ms;
        if (!known || !right(object["values"].get_object(), sensor, number * j.per_window(), j.per_window()))
          ++wrong;
        else if (seen[static_cast<std::size_t>(sensor * windows + number)]++)
          ++doubled;
      } catch (const simdjson::simdjson_error&) {
        ++wrong;
      }
    }
  }
  const auto missing = std::count(seen.begin(), seen.end(), 0);
  std::printf(
      R"({"exact":%s,"results":%lld,"missing":%lld,"doubled":%lld,"wrong":%lld,"first_ms":%lld,"last_ms":%lld})"
      "\n",
      missing + doubled + wrong == 0 ? "true" : "false", static_cast<long long>(results),
      static_cast<long long>(missing), static_cast<long long>(doubled), static_cast<long long>(wrong),
      static_cast<long long>(first), static_cast<long long>(last));
}

} // namespace uc2
