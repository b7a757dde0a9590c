// Makes messages for the journal of a consumer's records, each record once: the source's position in every
// partition stands here.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/client/kafka_message.hpp"
#include "actors/ingest/kafka/kafka_position.hpp"
#include "actors/ingest/kafka/kafka_source_options.hpp"

namespace sluice {

class kafka_intake {
public:
  explicit kafka_intake(const kafka_source_options& options) : options_(options) {} // outlive the object

  // What is new among the records: their topic is TOPIC/KEY where a template asks for the key, else TOPIC,
  // and the stamp stands before their headers. Good until the next call, or until the records are gone.
  // Allocates nothing once it has seen the largest batch.
  // `now_ms`: what claims to be later is taken as of now, where times count.
  std::span<const message_in> take(std::span<const kafka_message> got, std::int64_t now_ms);
  // Of what take() has returned last: bytes in memory until it is applied, about.
  std::uint64_t bytes() const noexcept { return bytes_; }
  // Records that the library handed over twice.
  std::uint64_t repeated() const noexcept { return repeated_; }
  // Records that were taken for state only.
  std::uint64_t rebuilt() const noexcept { return rebuilt_; }

  kafka_standings known; // behind what was taken

private:
  void enter(const kafka_message& m);

  const kafka_source_options& options_;
  kafka_standings::value_type* last_ = nullptr; // of the last record: most are of the same partition
  bool wants_key_ = false;                      // its topic
  std::vector<message_in> records_;
  std::vector<char> room_; // of topics and stamps
  std::vector<std::pair<std::string_view, std::string_view>> properties_;
  std::uint64_t bytes_ = 0, repeated_ = 0, rebuilt_ = 0;
};

} // namespace sluice
