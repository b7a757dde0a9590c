#include "actors/client/kafka_fetch.hpp"

#include <algorithm>

namespace sluice {

namespace {

constexpr std::size_t worth_filling = 1000; // records; a queue that never held so many is no fast one

} // namespace

kafka_fetch::kafka_fetch(rd_kafka_t* handle)
    : handle_(handle), queue_(rd_kafka_queue_new(handle)), partitions_(rd_kafka_topic_partition_list_new(0)) {
}

kafka_fetch::~kafka_fetch() {
  drop();
  rd_kafka_queue_destroy(queue_);
}

void kafka_fetch::take(const rd_kafka_topic_partition_list_t& assigned) {
  partitions_.reset(rd_kafka_topic_partition_list_copy(&assigned));
  highest_ = 0;
  for (int i = 0; i < assigned.cnt; ++i) {
    auto* own = rd_kafka_queue_get_partition(handle_, assigned.elems[i].topic, assigned.elems[i].partition);
    if (own == nullptr) continue; // then its records come with the other events
    rd_kafka_queue_forward(own, queue_);
    rd_kafka_queue_destroy(own);
  }
}

void kafka_fetch::drop() noexcept {
  for (std::size_t i = 0; i < used_; ++i) rd_kafka_message_destroy(held_[i]);
  used_ = 0;
}

std::span<const kafka_message>
kafka_fetch::next(std::chrono::milliseconds wait, std::size_t most,
                  const std::function<void(const rd_kafka_message_t&)>& other) {
  drop();
  held_.resize(most);
  const auto got = rd_kafka_consume_batch_queue(queue_, static_cast<int>(wait.count()), held_.data(), most);
  used_ = got < 0 ? 0 : static_cast<std::size_t>(got);
  keep_filling();
  if (views_.size() < used_) views_.resize(used_);
  std::size_t records = 0;
  for (std::size_t i = 0; i < used_; ++i)
    if (held_[i]->err == RD_KAFKA_RESP_ERR_NO_ERROR)
      view(*held_[i], views_[records++]);
    else
      other(*held_[i]);
  return {views_.data(), records};
}

// The thread that fetches stops above queued.min.messages and looks again when something wakes it, or after a
// second: a fast reader would wait for it most of the time (seen: 0.3 instead of 0.9 million records a
// second), and a queue that lasts for a second takes hundreds of megabytes. Any question to the brokers wakes
// it; this one waits for no answer.
void kafka_fetch::keep_filling() {
  const auto waiting = rd_kafka_queue_length(queue_);
  highest_ = std::max(highest_, waiting);
  if (highest_ < worth_filling || waiting > highest_ / 2) return;
  highest_ = waiting;
  const kafka_list ends(rd_kafka_topic_partition_list_copy(partitions_.get()));
  for (int i = 0; i < ends->cnt; ++i) ends->elems[i].offset = RD_KAFKA_OFFSET_END;
  rd_kafka_offsets_for_times(handle_, ends.get(), 0);
}

void kafka_fetch::view(const rd_kafka_message_t& m, kafka_message& out) {
  if (m.rkt != named_) named_ = m.rkt, name_ = rd_kafka_topic_name(m.rkt);
  out.topic = name_;
  out.has_key = m.key != nullptr;
  out.key = {static_cast<const char*>(m.key), m.key == nullptr ? 0 : m.key_len};
  out.payload = {static_cast<const char*>(m.payload), m.payload == nullptr ? 0 : m.len};
  out.partition = m.partition;
  out.offset = m.offset;
  rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  out.time_ms = rd_kafka_message_timestamp(&m, &type);
  if (type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE) out.time_ms = -1;
  out.headers.clear();
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&m, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t bytes = 0;
  for (std::size_t i = 0;
       rd_kafka_header_get_all(headers, i, &name, &value, &bytes) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i)
    out.headers.emplace_back(name, std::string_view(static_cast<const char*>(value), value ? bytes : 0));
}

} // namespace sluice
