// Whether a source with several connections is up: while all of them are. Thread safe.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>

#include "actors/store/journal.hpp"

namespace sluice {

class source_links {
public:
  // `log` outlives the object.
  source_links(journal& log, std::string source, unsigned connections)
      : log_(log), source_(std::move(source)), connections_(connections) {}

  // A connection has subscribed: the last one of them notes source_up.
  void up();
  // A connection that was up is lost: the first one of them notes source_down.
  void down();

private:
  journal& log_;
  const std::string source_;
  const unsigned connections_;
  std::mutex mutex_; // held during the note, so that the journal has them in order
  unsigned up_ = 0;
};

// The value of a control record `session`: which connection of the source it is, from 0, and whether the
// broker has kept its session.
constexpr std::uint64_t session_value(std::uint8_t connection, bool present) noexcept {
  return std::uint64_t{connection} << 1 | (present ? 1 : 0);
}
constexpr std::uint8_t connection_of_session(std::uint64_t value) noexcept {
  return static_cast<std::uint8_t>(value >> 1);
}
constexpr bool session_is_present(std::uint64_t value) noexcept {
  return (value & 1) != 0;
}

} // namespace sluice
