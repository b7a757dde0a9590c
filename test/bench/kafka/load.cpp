// Fills the topic: record by record, each sensor's in the partition of its number.
#include <array>
#include <cstdio>
#include <cstring>

#include "test/bench/kafka/client.hpp"

namespace uc2 {

namespace {

void send(rd_kafka_t* producer, rd_kafka_topic_t* topic, std::int64_t sensor, std::int64_t time,
          std::int64_t value) {
  char key[24], payload[128];
  const auto key_bytes = std::snprintf(key, sizeof key, "s_%lld", static_cast<long long>(sensor));
  const auto bytes = std::snprintf(
      payload, sizeof payload, R"({"identifier":"%s","timestamp":%lld,"valueInW":%lld.%02lld})", key,
      static_cast<long long>(time), static_cast<long long>(value / 100), static_cast<long long>(value % 100));
  while (rd_kafka_produce(topic, static_cast<std::int32_t>(sensor % partitions), RD_KAFKA_MSG_F_COPY, payload,
                          static_cast<std::size_t>(bytes), key, static_cast<std::size_t>(key_bytes),
                          nullptr) != 0) {
    if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL)
      give_up(rd_kafka_err2str(rd_kafka_last_error()));
    rd_kafka_poll(producer, 10);
  }
}

} // namespace

void load(const job& j) {
  const auto producer = make_client(RD_KAFKA_PRODUCER, j.brokers,
                                    {{"acks", "all"},
                                     {"enable.idempotence", "true"},
                                     {"linger.ms", "50"},
                                     {"batch.size", "1000000"},
                                     {"queue.buffering.max.messages", "1000000"},
                                     {"delivery.report.only.error", "true"}});
  auto* handle = rd_kafka_topic_new(producer.get(), j.topic.c_str(), nullptr);
  const auto ticks = j.ticks();
  for (std::int64_t tick = 0; tick < ticks; ++tick) {
    for (std::int64_t sensor = 0; sensor < sensors; ++sensor)
      send(producer.get(), handle, sensor, time_ms(sensor, tick), cents(sensor, tick));
    rd_kafka_poll(producer.get(), 0);
  }
  for (std::int64_t sensor = 0; sensor < sensors; ++sensor)
    send(producer.get(), handle, sensor, time_ms(sensor, ticks) + sentinel_ms, 0);
  if (rd_kafka_flush(producer.get(), 120'000) != RD_KAFKA_RESP_ERR_NO_ERROR)
    give_up("not all records were taken");
  rd_kafka_topic_destroy(handle);
  print_usage(j.records);
}

} // namespace uc2
