// The duplicate rule of a file source: a record at or below the position that its path has in the state is a
// duplicate. A path that names another file begins anew.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "actors/ingest/duplicate_rule.hpp"
#include "actors/ingest/field_table.hpp"
#include "actors/ingest/file/file_position.hpp"

namespace sluice {

class file_duplicates final : public duplicate_rule {
public:
  explicit file_duplicates(std::string_view source)
      : prefix_(file_positions_prefix(source)), left_prefix_(left_positions_prefix(source)) {}

  bool judge(const message_out& m) override;
  outcome<void> load(const store& state) override;
  void add_to(reader_part& part, std::uint64_t position) override;

private:
  struct place {
    file_position at;
    std::string identity; // at.identity as it came: most records of a file repeat it
    bool changed = false;
  };

  std::string prefix_, left_prefix_;
  text_map<place> places_; // by path
  std::vector<std::pair<const std::string, place>*> changed_;
  std::vector<file_position> left_; // of files whose paths name other ones since the last part
  std::pair<const std::string, place>* last_ = nullptr; // of the last record
};

} // namespace sluice
