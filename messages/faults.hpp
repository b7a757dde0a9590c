// Hooks by which the test binary `sluice_faulty` misbehaves: named places where it dies, protections it
// switches off. The product's definitions (faults.cpp) do nothing. A program that links an object file with
// its own definitions of all of them (test/support/faults.cpp) gets those instead, because the linker then
// never takes faults.o out of the library.
#pragma once

#include <cstdint>
#include <string_view>

namespace sluice {
class journal;
struct message_in;
} // namespace sluice

namespace sluice::faults {

enum class crash_point : std::uint8_t {
  after_append_write, // journal: bytes written, not synced, not visible
  before_append_sync, // journal: only with durability power
  after_append,       // journal: visible, append has not returned (no PUBACK yet)
  after_roll,         // journal: a new segment file exists, nothing in it
  before_truncate,    // journal: before old segment files are removed
  recovery_opened,    // journal: opened, before anything is appended
  recovery_loaded,    // engine: states loaded, the journal's tail not applied yet
  before_commit,      // store: checkpoint ready, not written
  after_commit,       // store: checkpoint written, commit has not returned
  before_cursor_move, // store: the sink has acknowledged, the cursor has not moved
  after_cursor_move,
};

// What a model does instead of scoring.
enum class scoring : std::uint8_t { well, throws, hangs, nan, memory };

enum class protection : std::uint8_t {
  duplicate_check,           // transport duplicates and sequence duplicates are recognised
  acknowledge_before_cursor, // a sink's cursor moves only after its acknowledgement
};

// Called once per append, commit and cursor move; never per event.
void at(crash_point place) noexcept;
// True iff this binary has that protection switched off. Never in the product.
bool off(protection what) noexcept;
// True iff the message was put aside to be appended later and will be acknowledged now. Never in the product.
bool acknowledge_first(journal& log, std::string_view source, const message_in& message);
// Asked once per batch: true = the shard silently drops one event of it. Never in the product.
bool drop_event() noexcept;
// Asked once per batch: true = applying its first event throws. Never in the product.
bool throw_in_apply() noexcept;
// Asked once per batch that a pipeline's model scores. Always `well` in the product.
scoring how_to_score(std::string_view pipeline) noexcept;

} // namespace sluice::faults
