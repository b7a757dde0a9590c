// Control records of a source in the journal.
#pragma once

#include <cstdint>
#include <string>

#include "actors/store/journal.hpp"

namespace sluice {

// Ends the process when it cannot be stored.
void note_source(journal& log, control_kind kind, const std::string& source, std::uint64_t value = 0);

} // namespace sluice
