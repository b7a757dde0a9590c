// When an event happened: from a number with a unit or from RFC 3339 text to milliseconds since 1970 UTC, and
// whether that can be true (semantics.md section 2, step 3).
//
// Times are cut to whole milliseconds (floor, also before 1970), so that an event stays in the window it
// belongs to. Fractional numbers are first rounded to the nearest microsecond: 1423018800.001 s, which no
// double holds exactly, is millisecond .001. Years 1 to 9999; nothing outside them is a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "actors/ingest/source_options.hpp"

namespace sluice {

std::optional<std::int64_t> time_from_integer(std::int64_t value, time_unit unit) noexcept;
std::optional<std::int64_t> time_from_number(double value, time_unit unit) noexcept;

// RFC 3339, 5.6: date, T (or t or a space), time, optional fraction of any length, Z (or z) or +hh:mm. The
// leap second hh:mm:60 is accepted where UTC is 23:59:60 on the last day of a month; as in POSIX it is the
// first second of the next day.
std::optional<std::int64_t> time_from_text(std::string_view text) noexcept;

enum class plausibility { good, future, ancient };

// `future`: time > received + options.future, unless that is off or the wall clock is not trusted (`clock_ok`
// false). `ancient`: time < options.oldest_ms.
plausibility judge_time(std::int64_t time_ms, std::int64_t received_ms, const decode_options& options,
                        bool clock_ok) noexcept;

} // namespace sluice
