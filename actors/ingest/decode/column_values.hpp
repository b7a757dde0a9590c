// An event made of values that stand under names: columns of a table, a bare value under its name.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "actors/ingest/decode/decode_failure.hpp"
#include "actors/ingest/decode/decoder.hpp"
#include "actors/ingest/decode/gatherer.hpp"

namespace sluice {

class column_values {
public:
  static outcome<column_values> make(const event_options& options, const decoder_setting& setting);

  // What to do with the columns of one table, in order.
  struct binding {
    std::vector<std::int32_t> targets; // field_plan::none = nothing
    std::uint64_t unknown = 0;         // columns that no contract names
  };
  enum class bound { good, grew, failed };
  // Binds the columns `names`; those called "_" are left out. grew: new field names were taken from it.
  // `missing` is set to the first column that the options name and the table lacks.
  bound bind(const std::vector<std::string>& names, binding& into, std::string& missing, decode_failure& why);

  // The target of one name; new names are taken where every field is wanted.
  bound find(std::string_view name, std::int32_t& target, decode_failure& why);
  // True iff a contract lists the fields, and this target is none of them.
  bool unknown(std::int32_t target) const noexcept {
    return contracts_ && (target == field_plan::none || !event.plan[target].mapped);
  }

  void know(std::string_view name, std::uint32_t slot) { event.know(std::string(name), slot); }

  gatherer event;

private:
  std::vector<std::string> needed_; // columns that the options name
  field_table* names_ = nullptr;
  bool discover_ = false, contracts_ = false;
};

} // namespace sluice
