#include "actors/ingest/prediction_marks.hpp"

#include <string>
#include <utility>

namespace sluice {

outcome<void> read_marks(journal& log, std::uint64_t from, prediction_notes& into) {
  into.clear();
  const auto at = log.read(from);
  for (;;) {
    const auto kind = at->next();
    if (!kind) return tl::unexpected(kind.error());
    if (*kind == journal::cursor::kind::none) return {};
    if (*kind != journal::cursor::kind::control || at->record().kind != control_kind::unavailable) continue;
    auto note = note_of(at->record());
    if (!note)
      return fail(ec::corrupt, "record " + std::to_string(at->record().sequence) +
                                   " of the journal is a mark `unavailable` that says nothing (got " +
                                   at->record().name + ")");
    into.add(std::move(*note));
  }
}

} // namespace sluice
