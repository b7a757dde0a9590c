// Replaces a small file so that a reader sees the old content or the new, never a part: written beside it,
// then renamed.
#pragma once

#include <string>
#include <string_view>

#include "messages/errors.hpp"

namespace sluice {

// Writes `text` and a line end to `path`, mode 0644 (the data directory decides who gets there). Not synced:
// a report of a process that lost power is of no use. On failure (ec::storage) the old file stays and nothing
// is left beside it.
outcome<void> write_status_file(const std::string& path, std::string_view text);

} // namespace sluice
