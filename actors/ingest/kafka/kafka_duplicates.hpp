// The duplicate rule of a Kafka source: a record at or below the position that its partition has in the state
// is a duplicate.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "actors/ingest/duplicate_rule.hpp"
#include "actors/ingest/kafka/kafka_position.hpp"

namespace sluice {

class kafka_duplicates final : public duplicate_rule {
public:
  explicit kafka_duplicates(std::string_view source) : prefix_(kafka_positions_prefix(source)) {}

  bool judge(const message_out& m) override;
  void load(const store& state) override;
  void add_to(reader_part& part, std::uint64_t position) override;

private:
  struct place {
    std::int64_t next = 0;
    bool changed = false;
  };
  using places = std::map<std::pair<std::string, std::int32_t>, place>;

  std::string prefix_;
  places places_;
  places::value_type* last_ = nullptr; // of the last record: most are of the same partition
  std::vector<places::value_type*> changed_;
};

} // namespace sluice
