// What the journal holds of a source behind what the state knows.
#pragma once

#include <string_view>

#include "actors/store/journal.hpp"
#include "messages/errors.hpp"

namespace sluice {

// Calls take(message) for each message of the source above `applied`, in order. An error may pass where the
// journal was trimmed meanwhile: ask again.
template <class Take>
outcome<void> each_unapplied(journal& log, std::uint64_t applied, std::string_view source, Take take) {
  const auto rest = log.read(applied + 1);
  for (;;) {
    const auto kind = rest->next();
    if (!kind) return tl::unexpected(kind.error());
    if (*kind == journal::cursor::kind::none) return {};
    if (*kind == journal::cursor::kind::message && rest->source() == source) take(rest->message());
  }
}

// Asks again where the journal was trimmed under the question.
template <class Ask> auto asked_again(Ask ask) {
  auto known = ask();
  for (int n = 1; !known && n < 3; ++n) known = ask();
  return known;
}

} // namespace sluice
