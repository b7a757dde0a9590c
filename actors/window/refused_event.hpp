// The dead letter of an event that a pipeline refuses.
#pragma once

#include <string>

#include "actors/window/plan.hpp"
#include "messages/batch.hpp"
#include "messages/dead_letter.hpp"

namespace sluice {

// `judged` is set iff the event's sequence number is in its device's set already: a refusal that comes before
// that judgement, or is its verdict, leaves the number out.
dead_letter refused_event(const pipeline_plan& plan, const event_batch& batch, const event_row& row,
                          reason why, std::string where, std::string detail);

} // namespace sluice
