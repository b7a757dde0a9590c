// The event time of a value, as a source's `time:` says it is written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "actors/ingest/decode/found_value.hpp"
#include "actors/ingest/decode_options.hpp"
#include "config/time_zone.hpp"
#include "messages/errors.hpp"

namespace sluice {

class time_reader {
public:
  time_reader() = default; // milliseconds and RFC 3339
  // Errors (ec::invalid): a zone that does not exist.
  static outcome<time_reader> make(const time_options& options);

  // Milliseconds since 1970 UTC; nullopt iff `v` is no time.
  std::optional<std::int64_t> read(const found_value& v) const;
  bool has_format() const noexcept { return !format_.empty(); }
  // What a time must be, for an error detail.
  std::string wanted() const;

private:
  // The parts of a format that are read here: a letter of strptime, or a byte that must stand there (letter
  // 0).
  struct part {
    char letter;
    char byte;
  };
  std::optional<std::int64_t> read_format(std::string_view text) const;
  std::optional<std::int64_t> read_quickly(std::string_view text) const;

  time_unit unit_ = time_unit::ms;
  std::string format_;
  std::vector<part> parts_; // empty: the library reads it all
  time_zone zone_;
};

} // namespace sluice
