// The time of a row that is replayed or learned from.
#pragma once

#include <cstdint>
#include <string>

#include "actors/ingest/decode/time_reader.hpp"
#include "actors/ingest/file/row_file.hpp"
#include "messages/errors.hpp"

namespace sluice {

// What `reader` makes of the value in `column`, ms since 1970 UTC. Errors (ec::invalid): there is none, or it
// is no time (what, got, want).
outcome<std::int64_t> time_of_row(const row_file::row& row, const std::string& column,
                                  const time_reader& reader);

} // namespace sluice
