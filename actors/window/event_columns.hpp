// The values of an event that leaves as it is, in a pipeline without window: what its steps named, and what
// they let pass.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/transform/steps.hpp"
#include "actors/window/json_text.hpp"
#include "actors/window/plan.hpp"
#include "messages/batch.hpp"
#include "messages/checkpoint.hpp"

namespace sluice {

// The record of an event that leaves as it is, for `id`: a device or a key as JSON.
result_record event_result(const pipeline_plan& plan, std::string_view id, const event_row& row,
                           std::string_view json);

class event_columns {
public:
  // Before the rows of a batch whose names changed. Fields of `key` stand in the record's key: they are left
  // out unless a step made them anew.
  void bind(const steps& from, const field_names& names, const std::optional<std::vector<std::string>>& key);
  // Appends {"name":value,..}, sorted by name, of the row that `from` was run for last.
  void append(text_buffer& out, const steps& from, const event_batch& batch, std::size_t place) const;

private:
  struct column {
    std::string key;              // "name": with quotes and colon
    std::uint32_t slot = 0;       // of the row
    std::uint16_t reg = no_field; // of the steps, for a field that a step named
  };
  std::vector<column> columns_; // sorted by name
};

} // namespace sluice
