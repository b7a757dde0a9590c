#include "actors/client/kafka_mark.hpp"

#include "actors/client/kafka_link.hpp"

namespace sluice {

outcome<std::optional<kafka_mark>> read_kafka_mark(const kafka_connection_options& connection,
                                                   const kafka_mark_place& place,
                                                   std::chrono::milliseconds wait) {
  // Stable offsets only: one of a transaction that is not at its end is waited for.
  auto conf = make_kafka_conf(
      connection, {},
      {{"group.id", place.group}, {"enable.auto.commit", "false"}, {"isolation.level", "read_committed"}});
  if (!conf) return tl::unexpected(conf.error());
  char text[512];
  auto* handle = rd_kafka_new(RD_KAFKA_CONSUMER, conf->get(), text, sizeof text);
  if (handle == nullptr) return fail(ec::refused, text);
  conf->release();
  auto* list = rd_kafka_topic_partition_list_new(1);
  const auto* at = rd_kafka_topic_partition_list_add(list, place.topic.c_str(), 0);
  const auto done = rd_kafka_committed(handle, list, static_cast<int>(wait.count()));
  outcome<std::optional<kafka_mark>> mark = std::nullopt;
  if (done != RD_KAFKA_RESP_ERR_NO_ERROR || at->err != RD_KAFKA_RESP_ERR_NO_ERROR)
    mark =
        fail(ec::connection_lost, std::string("the mark in group ") + place.group + " cannot be read: " +
                                      rd_kafka_err2str(done != RD_KAFKA_RESP_ERR_NO_ERROR ? done : at->err));
  else if (at->offset >= 0)
    mark = kafka_mark{static_cast<std::uint64_t>(at->offset),
                      std::string(static_cast<const char*>(at->metadata), at->metadata_size)};
  rd_kafka_topic_partition_list_destroy(list);
  rd_kafka_destroy_flags(handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
  return mark;
}

} // namespace sluice
