// Reads the marks `unavailable` of a part of the journal before it is applied: each stands behind what it
// speaks of.
#pragma once

#include <cstdint>

#include "actors/store/journal.hpp"
#include "messages/errors.hpp"
#include "messages/prediction_note.hpp"

namespace sluice {

// Puts the marks from record `from` to the journal's end into `into`, whose old ones go. Errors: ec::corrupt,
// a mark that is none.
outcome<void> read_marks(journal& log, std::uint64_t from, prediction_notes& into);

} // namespace sluice
