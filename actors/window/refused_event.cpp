#include "actors/window/refused_event.hpp"

#include <utility>

#include "actors/store/replay_mark.hpp"

namespace sluice {

dead_letter refused_event(const pipeline_plan& plan, const event_batch& batch, const event_row& row,
                          reason why, std::string where, std::string detail) {
  auto letter = letter_of(batch, row, why);
  letter.source = plan.source_name;
  letter.pipeline = plan.name;
  letter.where = std::move(where);
  letter.detail = std::move(detail);
  const bool before =
      why == reason::apply_error || why == reason::device_quarantined || why == reason::sequence_too_old;
  letter.judged = row.has_sequence && !before;
  return letter;
}

} // namespace sluice
