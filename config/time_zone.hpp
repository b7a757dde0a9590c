// Time zones of the IANA database (package tzdata) and times written by a format. The only place that
// includes the date library (Hinnant, what became C++20's <chrono> zones).
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "messages/errors.hpp"

namespace sluice {

// Copies are cheap; an object remembers the last answer and is used by one thread.
class time_zone {
public:
  time_zone() = default; // UTC

  // Errors (ec::invalid): no such zone; the text names the nearest one.
  static outcome<time_zone> find(const std::string& name);

  const std::string& name() const noexcept { return name_; }
  bool is_utc() const noexcept { return zone_ == nullptr; }

  // The wall clock at an instant (ms since 1970 UTC), as ms since 1970 on that clock.
  std::int64_t to_local(std::int64_t utc_ms) const;
  // The instant at which the wall clock shows `local_ms`: of two the earlier one; of none (the clock is put
  // forward) the instant of the change. For times before the year 1 or after 9999 the offset of UTC holds.
  std::int64_t to_utc(std::int64_t local_ms) const;

private:
  std::string name_ = "UTC";
  const void* zone_ = nullptr; // date::time_zone, owned by the library for the life of the process
  // The stretch of time with one offset that was asked for last.
  mutable std::int64_t from_ = 0, to_ = 0, offset_ = 0;
};

// What is wrong with a format of strptime's letters, "" = nothing: it must give at least a whole date.
std::string bad_time_format(const std::string& format);

// Returns ms since 1970 UTC of `text`, which must match `format` to its end (%d %m %Y %H %M %S with fraction,
// %z ..: date::parse); nullopt when it does not, or names no day. An offset (%z) in the text wins over
// `zone`.
std::optional<std::int64_t> parse_time(std::string_view text, const std::string& format,
                                       const time_zone& zone);

} // namespace sluice
