// Durations, sizes and dates as users write them: "5m", "256KiB", "2000-01-01".
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::config {

// Reads whole numbers with units, largest unit first: "5m", "500ms", "1h30m", "30d". Units: d h m s ms.
// nullopt: anything else, or more than 10 000 years.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
// The shortest text that parse_duration reads back: "5m", "1500ms" , "0s".
std::string format_duration(std::chrono::milliseconds value);

// Reads a whole number with a unit: B kB MB GB TB (powers of 1000), KiB MiB GiB TiB (powers of 1024).
// nullopt: anything else, or 2^63 and more.
std::optional<std::uint64_t> parse_size(std::string_view text);
// The shortest text that parse_size reads back: "8GiB", "10MB".
std::string format_size(std::uint64_t bytes);

// Reads "2000-01-01" or "2000-01-01T00:00:00Z" as milliseconds since 1970 UTC, years 1600 to 9999 (proleptic
// Gregorian).
std::optional<std::int64_t> parse_date(std::string_view text);
// "2000-01-01", or with the time of day when it is not midnight (whole seconds).
std::string format_date(std::int64_t ms);

} // namespace sluice::config
