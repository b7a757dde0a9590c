// What was ever in force (contents of look-up tables, models) is kept under the hash of its bytes, so that a
// replay finds what the records of the journal name; and goes when the journal has forgotten it.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "messages/errors.hpp"

namespace sluice {

// "0123456789abcdef" + suffix.
std::string kept_name(std::uint64_t hash, std::string_view suffix);

// Says of a file or folder that it is in force. Errors: ec::storage.
outcome<void> mark_in_force(const std::string& path);

// To be called with all that is in force: notes what is not any more, and removes from `dir` what went out of
// force before journal time `first_ms`, that of the oldest record in the journal; under its name a thing is
// whole or absent at any moment. Looks at names of kept_name() with that suffix only. `now_ms`: journal time.
outcome<void> tidy_kept(const std::string& dir, std::string_view suffix,
                        const std::set<std::uint64_t>& in_force, std::int64_t first_ms, std::int64_t now_ms);

} // namespace sluice
