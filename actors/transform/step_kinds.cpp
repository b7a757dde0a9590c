// The rows, in the order of the reference.
#include "actors/transform/step_kinds.hpp"

#include <algorithm>

namespace sluice {

const std::vector<step_kind>& step_kinds() {
  static const std::vector<step_kind> rows{filter_kind(), derive_kind(),      select_kind(), rename_kind(),
                                           drop_kind(),   deduplicate_kind(), latest_kind(), on_change_kind(),
                                           lookup_kind(), alarm_kind()};
  return rows;
}

const step_kind& kind_of(const step_options& options) {
  const auto& rows = step_kinds();
  return *std::find_if(rows.begin(), rows.end(), [&](const auto& row) { return row.is(options); });
}

} // namespace sluice
