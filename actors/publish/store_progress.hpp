// How the actors of sinks store what their logic has done.
#pragma once

#include <optional>
#include <string_view>

#include "actors/publish/cursor.hpp"
#include "actors/store/journal_clock.hpp"
#include "actors/store/store.hpp"

namespace sluice {

// Moves the sink's cursor and adds its dead letters, stamped with the time of the clock; nothing: nothing to
// do. Ends the process when that cannot be stored.
void store_progress(std::string_view sink, std::optional<sink_progress> progress, bool synced, store& to,
                    journal_clock& clock);

} // namespace sluice
