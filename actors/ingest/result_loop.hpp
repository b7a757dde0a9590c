// Carries the results of a pipeline that others read back into the journal, as messages of the internal
// source named after it. A kill between append and cursor leads to a second append of the same results; the
// reader drops those by their outbox sequence, which each message carries in the user property `outbox`.
// END of what the pipeline reads is followed by END of the internal source once all its results are in the
// journal. Not thread safe, no actor.
#pragma once

#include <cstdint>
#include <string>

#include "actors/store/journal.hpp"
#include "actors/store/store.hpp"
#include "messages/errors.hpp"

namespace sluice {

// The user property with the outbox sequence.
inline constexpr std::string_view outbox_property = "outbox";

// Where the reader notes the journal sequence of a source's END, committed with everything END caused.
std::string ended_key(std::string_view source);
// That sequence; 0 = it has not ended.
std::uint64_t ended_at(const store& state, std::string_view source);

// The name of a pipeline's loop among the store's sinks: no sink of a configuration can be called so.
std::string loop_name(std::string_view pipeline);

class result_loop {
public:
  // `source`: what the pipeline reads. Both outlive it.
  result_loop(std::string pipeline, std::string source, journal& log, store& state);

  // Moves everything that waits. Returns how many results it were. Errors: ec::storage, ec::corrupt.
  outcome<std::size_t> work();
  std::uint64_t moved() const noexcept { return moved_; }

private:
  outcome<void> move(const std::vector<outbox_record>& records);
  outcome<void> end();

  std::string pipeline_, source_, sink_;
  journal& log_;
  store& state_;
  sink_cursor at_;
  std::uint64_t ended_ = 0; // journal sequence of our last END
  std::uint64_t moved_ = 0;
};

} // namespace sluice
