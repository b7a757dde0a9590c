#include "actors/publish/store_progress.hpp"

#include <utility>

#include "messages/exit_codes.hpp"

namespace sluice {

void store_progress(std::string_view sink, std::optional<sink_progress> progress, bool synced, store& to,
                    journal_clock& clock) {
  if (!progress) return;
  for (auto& dead : progress->dead) dead.received_ms = clock.now_ms();
  const auto done = to.move_cursor(sink, progress->cursor, progress->delivered, progress->value_range,
                                   std::move(progress->dead), synced);
  if (!done) exit_now(exit_storage, done.error().text.c_str());
}

} // namespace sluice
