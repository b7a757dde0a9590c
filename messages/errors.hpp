// Expected failures are values: an error code, and a text that names what, where, got, wanted.
#pragma once

#include <cstdint>
#include <string>

#include <tl/expected.hpp>

namespace sluice {

// The class of a failure decides what the supervisor does with it (actors/supervise/restart_policy.hpp).
enum class ec : std::uint8_t {
  none = 0,
  connection_lost, // lost: back-off, unlimited
  refused,         // lost: the peer said no (credentials, protocol); back-off, the reason stays in status
  timeout,         // lost: no answer in time
  throttled,       // lost: the peer asked us to slow down
  quota,           // lost: the journal quota is reached; the source stays away until there is room
  bug,             // bug: an exception or a broken invariant; counts toward the restart intensity
  storage,         // fatal: append or commit impossible; the process ends with 74
  corrupt,         // fatal: bytes on disk are not what we wrote; 74
  invalid,         // a user's input is wrong; 78 or a dead letter
  escalate,        // a supervisor gave up on a child; 70
};

const char* to_string(ec code) noexcept;

struct error {
  ec code = ec::bug;
  std::string text;
};

template <class T> using outcome = tl::expected<T, error>;

inline tl::unexpected<error> fail(ec code, std::string text) {
  return tl::unexpected<error>(error{code, std::move(text)});
}

} // namespace sluice
