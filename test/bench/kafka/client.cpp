#include "test/bench/kafka/client.hpp"

#include <cstdio>

namespace uc2 {

void give_up(const std::string& why) {
  std::fprintf(stderr, "kafka_bench: %s\n", why.c_str());
  std::exit(1);
}

client make_client(rd_kafka_type_t kind, const std::string& brokers, const settings& more) {
  char text[512];
  auto* conf = rd_kafka_conf_new();
  settings all{{"bootstrap.servers", brokers}};
  all.insert(all.end(), more.begin(), more.end());
  for (const auto& [name, value] : all)
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), text, sizeof text) != RD_KAFKA_CONF_OK)
      give_up(text);
  client made(rd_kafka_new(kind, conf, text, sizeof text));
  if (!made) give_up(text);
  return made;
}

topic_reader::topic_reader(const std::string& brokers, const std::string& topic, const settings& more) {
  settings all{{"group.id", "bench-" + topic}, {"auto.offset.reset", "earliest"}};
  all.insert(all.end(), more.begin(), more.end());
  client_ = make_client(RD_KAFKA_CONSUMER, brokers, all);
  rd_kafka_poll_set_consumer(client_.get());
  auto* list = rd_kafka_topic_partition_list_new(partitions);
  for (int p = 0; p < partitions; ++p) {
    std::int64_t low = 0, high = 0;
    const auto done = rd_kafka_query_watermark_offsets(client_.get(), topic.c_str(), p, &low, &high, 30'000);
    if (done != RD_KAFKA_RESP_ERR_NO_ERROR) give_up(topic + ": " + rd_kafka_err2str(done));
    rd_kafka_topic_partition_list_add(list, topic.c_str(), p)->offset = low;
    left_ += high - low;
  }
  rd_kafka_assign(client_.get(), list);
  rd_kafka_topic_partition_list_destroy(list);
  queue_ = rd_kafka_queue_get_consumer(client_.get());
}

topic_reader::~topic_reader() {
  drop();
  rd_kafka_queue_destroy(queue_);
  rd_kafka_consumer_close(client_.get());
}

void topic_reader::drop() noexcept {
  for (std::size_t i = 0; i < used_; ++i) rd_kafka_message_destroy(held_[i]);
  used_ = 0;
}

std::span<rd_kafka_message_t* const> topic_reader::next() {
  drop();
  const auto got = rd_kafka_consume_batch_queue(queue_, 100, held_.data(), held_.size());
  if (got < 0) give_up("consuming failed");
  used_ = static_cast<std::size_t>(got);
  for (std::size_t i = 0; i < used_; ++i)
    if (held_[i]->err != RD_KAFKA_RESP_ERR_NO_ERROR) give_up(rd_kafka_message_errstr(held_[i]));
  left_ -= got;
  return {held_.data(), used_};
}

} // namespace uc2
