// What the journal holds of a source behind what the state knows.
#pragma once

#include <string_view>

#include "actors/store/journal.hpp"
#include "messages/errors.hpp"

namespace sluice {

// Calls take(message) for each message of the source above `applied`, and note(control) for each control
// record of whoever, in order. An error may pass where the journal was trimmed meanwhile: ask again.
template <class Take, class Note>
outcome<void> each_unapplied(journal& log, std::uint64_t applied, std::string_view source, Take take,
                             Note note) {
  const auto rest = log.read(applied + 1);
  for (;;) {
    const auto kind = rest->next();
    if (!kind) return tl::unexpected(kind.error());
    if (*kind == journal::cursor::kind::none) return {};
    if (*kind == journal::cursor::kind::control)
      note(rest->record());
    else if (rest->source() == source)
      take(rest->message());
  }
}
template <class Take>
outcome<void> each_unapplied(journal& log, std::uint64_t applied, std::string_view source, Take take) {
  return each_unapplied(log, applied, source, take, [](const control&) {});
}

// Asks again where the journal was trimmed under the question.
template <class Ask> auto asked_again(Ask ask) {
  auto known = ask();
  for (int n = 1; !known && n < 3; ++n) known = ask();
  return known;
}

} // namespace sluice
