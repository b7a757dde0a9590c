// The duplicate rule of an internal source: a result at or below the stored outbox sequence was appended a
// second time after a kill.
#pragma once

#include <cstdint>
#include <string>

#include "actors/ingest/duplicate_rule.hpp"

namespace sluice {

class loop_duplicates final : public duplicate_rule {
public:
  explicit loop_duplicates(const std::string& source) : key_("outbox|" + source) {}

  bool judge(const message_out& m) override;
  outcome<void> load(const store& state) override;
  void add_to(reader_part& part, std::uint64_t position) override;

private:
  std::string key_;                    // in state_family::source
  std::uint64_t seen_ = 0, saved_ = 0; // outbox sequences
};

} // namespace sluice
