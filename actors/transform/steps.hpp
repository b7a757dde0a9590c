// The steps of a pipeline before its window, compiled and run in order over one set of registers.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/transform/step.hpp"
#include "actors/transform/step_options.hpp"
#include "messages/batch.hpp"
#include "messages/errors.hpp"

namespace sluice {

class step_compiler;

// "The source has no such field yet."
inline constexpr std::uint32_t no_slot = 0xffffffff;

// Not thread safe: each shard compiles its own.
//
// For each event: run(), then - once nothing can fail any more - commit(), also for a filtered event. A
// refused event, or one that throws, is not committed: the memory is as it was. What a key remembers
// (step_memory) belongs to the caller, who saves it with the key's state.
class steps {
public:
  // `reads`: fields the pipeline reads after the steps (aggregates), so that they have a register too.
  // Errors (ec::invalid): the first step that does not compile; the text names step, offset, got and wanted.
  static outcome<steps> compile(std::span<const step_options> options, const field_types& known,
                                std::span<const std::string> reads, const step_world& world = {});

  // Of steps that `compiler` has been through, without errors.
  static outcome<steps> finish(step_compiler compiler, std::span<const std::string> reads);

  // Finds the slots of the base fields in `names`. To be called before the rows of a batch whose names
  // changed.
  void bind(const field_names& names);

  enum class verdict : std::uint8_t { pass, filtered, refused };
  struct outcome_of_row {
    verdict what = verdict::pass;
    bool missing_field = false;       // filtered because a field was missing
    std::uint32_t derive_missing = 0; // derived fields without a value
    reason why = reason::field_type;  // of a refused one
    std::uint16_t reg = no_field;     // register of the field of the wrong type
  };
  // Fills the registers from one row and runs all steps. An event without a field `device` has its device as
  // one. `memory` is the key's, made by make_memory(); null
  // iff !remembers(). May throw only where a step with memory or with results of its own does. Without
  // `batch` (tests) there are no texts.
  // What is returned holds until the next run().
  const outcome_of_row& run(const slot* slots, const value_type* types, const event_batch* batch = nullptr,
                            const event_row* row = nullptr, step_memory* memory = nullptr);
  const outcome_of_row& last() const noexcept { return last_; }
  // The detail of a dead letter of the event that was refused last.
  std::string detail(const outcome_of_row& refused) const;

  // Results that the steps made of the event in hand, or of the last tick(). They leave iff it is accepted.
  std::vector<step_result>& results() noexcept { return run_.results_; }
  // The event of the last run() is accepted: its steps change `memory` and add what they counted.
  void commit(step_memory* memory, pipeline_counters& counters) noexcept {
    if (remembering_.empty() && !run_.counted_) [[likely]]
      return;
    commit_slowly(memory, counters);
  }

  // True iff some step has a memory for each key.
  bool remembers() const noexcept { return !remembering_.empty(); }
  std::unique_ptr<step_memory> make_memory() const;
  // The bytes of a memory, and back: false when they are damaged. A step that is new has a new memory.
  void save(const step_memory& memory, std::string& out) const;
  bool restore(step_memory& memory, std::string_view bytes) const;
  // As step::due: the earliest of all.
  std::int64_t due(const step_memory& memory, std::int64_t silent_since) const noexcept;
  // Journal time passes for the key: true iff its memory has changed. results() holds what leaves.
  bool tick(std::string_view key, step_memory& memory, const step_tick& now, pipeline_counters& counters);
  // The key is forgotten: results() holds what must be said before its memory goes.
  void forget(std::string_view key, const step_memory& memory, std::int64_t now_ms);

  // Registers after run(). A name means its last definition: a derived field hides a base field of the same
  // name.
  std::uint16_t reg(std::string_view name) const noexcept; // no_field when nothing has that name
  slot value(std::uint16_t r) const noexcept { return run_.values_[r]; }
  value_type type(std::uint16_t r) const noexcept { return run_.types_[r]; }
  // The text of a register whose type is text, until the next run(): in the batch or made by a step.
  std::string_view text(std::uint16_t r) const noexcept { return run_.text(run_.values_[r]); }
  const std::string& name(std::uint16_t r) const noexcept { return names_[r]; }
  // True iff a step made what it holds; else it is a base field.
  bool made(std::uint16_t r) const noexcept;

  // True iff nothing runs: the fields can be read from the row as well, by slot_of their registers.
  bool empty() const noexcept { return steps_.empty() && device_ == no_slot; }
  std::uint32_t slot_of(std::uint16_t r) const noexcept; // since bind(); no_slot = none

  // Names of the base fields that steps and `reads` use: what the decoder must keep.
  std::span<const std::string> base_fields() const noexcept { return base_fields_; }
  // What a pipeline without window puts out: these registers by name, and beside them the fields of the
  // source for which passes() is true.
  std::span<const std::pair<std::string, std::uint16_t>> named() const noexcept { return named_; }
  bool passes(std::string_view base) const noexcept;

private:
  void commit_slowly(step_memory* memory, pipeline_counters& counters) noexcept;
  void begin_event(const event_batch* batch, const event_row* row) noexcept;
  void begin_tick(std::string_view key, std::int64_t now_ms) noexcept;

  struct place {
    std::unique_ptr<step> what;
    std::uint32_t memory; // index in step_memory::parts, no_slot = none
  };
  std::vector<place> steps_;
  std::vector<std::pair<step*, std::string>> remembering_; // with the name their memory is saved under
  std::size_t ran_ = 0;                                    // of remembering_, in the last run()
  std::vector<std::string> names_;                         // of registers
  std::vector<std::string> base_fields_;
  std::vector<std::uint16_t> base_registers_; // in step with base_fields_
  std::vector<std::uint32_t> slots_;          // likewise; no_slot when the source has no such field yet
  std::vector<std::pair<std::string, std::uint16_t>> named_; // sorted by name
  std::vector<std::string> hidden_;                          // sorted
  std::uint32_t device_ = no_slot;                           // which of the base fields is `device`
  bool open_ = true;
  outcome_of_row last_;
  step_run run_;
};

} // namespace sluice
