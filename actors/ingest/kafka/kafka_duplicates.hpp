// The duplicate rule of a Kafka source: a record at or below the position that its partition has in the state
// is a duplicate. A partition that came from another process begins again further back, for its state.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "actors/ingest/duplicate_rule.hpp"
#include "actors/ingest/kafka/kafka_position.hpp"

namespace sluice {

class kafka_duplicates final : public duplicate_rule {
public:
  explicit kafka_duplicates(std::string_view source)
      : source_(source), prefix_(kafka_positions_prefix(source)) {}

  bool judge(const message_out& m) override;
  provenance of_last() const noexcept override { return last_judged_; }
  std::uint16_t let_go(const control& record) override;
  outcome<void> load(const store& state) override;
  void add_to(reader_part& part, std::uint64_t position) override;

private:
  struct place : kafka_standing {
    bool changed = false;
  };
  using places = std::map<kafka_where, place>;
  places::value_type& at(const kafka_where& where);
  void change(places::value_type& of);

  std::string source_, prefix_;
  places places_;
  std::uint16_t lanes_ = 0; // numbers given
  provenance last_judged_;
  places::value_type* last_ = nullptr; // of the last record: most are of the same partition
  std::vector<places::value_type*> changed_;
};

} // namespace sluice
