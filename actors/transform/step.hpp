// What every step before the window is to the pipeline that runs it: a compiled
// object over registers, with or without a memory of each key. A kind of step
// is a row in step_kinds.cpp.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "actors/transform/expression.hpp"
#include "actors/transform/text_scratch.hpp"
#include "messages/counters.hpp"
#include "messages/dead_letter.hpp"
#include "messages/value.hpp"

namespace sluice {

// "No tick is waited for."
inline constexpr std::int64_t never_due = std::numeric_limits<std::int64_t>::max();

// A result that a step makes itself (the transition of an alarm). The pipeline
// writes
// {"pipeline":..,"device":..,"time":TIME and `body` and }, and gives it the
// identity pipeline|key|name#number@time.
struct step_result {
  std::string name;         // of the step that makes it, unique in the pipeline
  std::uint64_t number = 0; // ascending per key and name
  std::int64_t time_ms = 0;
  std::string body;   // JSON members behind the time, with a leading comma:
                      // ,"alarm":"overheat",..
  std::string not_to; // result_record::not_to
};

// The registers and the event of one run. A register is a field by its number;
// see step_compiler::use and define.
class step_run {
public:
  value_type type(std::uint16_t reg) const noexcept { return types_[reg]; }
  slot value(std::uint16_t reg) const noexcept { return values_[reg]; }
  std::string_view text(std::uint16_t reg) const noexcept { return text(values_[reg]); } // iff type is text
  // A text of the batch or of the scratch.
  std::string_view text(slot s) const noexcept;
  const step_event& event() const noexcept { return inputs_; }

  void set(std::uint16_t reg, value_type type, slot value) noexcept {
    types_[reg] = type, values_[reg] = value;
  }
  // Copies the text; a text that finds no room is missing.
  void set_text(std::uint16_t reg, std::string_view text);
  void set_missing(std::uint16_t reg) noexcept { types_[reg] = value_type::missing; }
  evaluated evaluate(const expression& e, const std::vector<std::uint16_t>& where) noexcept {
    inputs_.where = where.data();
    return e.evaluate(inputs_);
  }

  // All of these take effect only when the event is accepted.
  void count(std::uint64_t pipeline_counters::*counter, std::uint64_t n = 1) noexcept {
    counts_.*counter += n, counted_ = true;
  }
  void emit(step_result result) { results_.push_back(std::move(result)); }
  // Said in the dead letter of an event that is refused.
  void explain(std::string detail) { detail_ = std::move(detail); }

private:
  friend class steps;
  std::vector<slot> values_;
  std::vector<value_type> types_;
  const char* arena_ = nullptr; // of the batch
  text_scratch scratch_;
  expression_inputs inputs_; // of the event; its pointers hold for one run()
  pipeline_counters counts_;
  bool counted_ = false;
  std::vector<step_result> results_;
  std::string detail_;
};

// What a step says of an event.
struct step_verdict {
  enum kind : std::uint8_t { pass, filter, refuse };
  kind what = pass;
  reason why = reason::field_type; // of a refused one
  bool missing_field = false;      // filtered because a field was missing: counted
  bool missing_value = false;      // a field it should have made is missing: counted derive_missing
  std::uint16_t reg = no_field;    // register of the field to blame
};

// What one step remembers of one key (a device, or what `key:` says). Saved
// with the key's state.
class key_memory {
public:
  virtual ~key_memory() = default;
  // Appends bytes that step::restore understands in any later version.
  virtual void save(std::string& out) const = 0;
};

// A moment of journal time for one key.
struct step_tick {
  std::int64_t now_ms = 0;       // journal time of the TICK
  std::int64_t silent_since = 0; // the later one of the key's last event and
                                 // the last SOURCE_UP, journal time
  bool source_up = false;        // else there is no silence: nothing may be said to be missing
};

// One step of one pipeline in one shard. Not thread safe: one event, or one
// tick, at a time.
class step {
public:
  virtual ~step() = default;

  // Judges the event in `run` and writes the registers it defined. `memory` is
  // the key's, null iff the step remembers nothing; it must not change here:
  // the event may still fail in a later step or in the window. What it will
  // become is prepared in the step itself, so that commit() cannot throw. May
  // throw: the event is then dead letter apply.error and nothing has happened.
  virtual step_verdict run(step_run& run, const key_memory* memory) = 0;
  // The event that run() was called for last is accepted (passed on, or
  // filtered by this or a later step). Called for every step that remembers and
  // whose run() was called for it.
  virtual void commit(key_memory& memory) noexcept { static_cast<void>(memory); }

  // The memory of a new key; null = the step has none.
  virtual std::unique_ptr<key_memory> make_memory() const { return nullptr; }
  // Fills a new memory from the bytes of save(); false when they are damaged.
  virtual bool restore(key_memory& memory, std::string_view bytes) const {
    static_cast<void>(memory);
    return bytes.empty();
  }

  // The journal time from which on a tick could do something for a key that is
  // silent since `silent_since`, never_due = none. May be too early. Asked
  // before the commit of an event too: the answer must hold for the memory
  // after it.
  virtual std::int64_t due(const key_memory& memory, std::int64_t silent_since) const noexcept {
    static_cast<void>(memory), static_cast<void>(silent_since);
    return never_due;
  }
  // Journal time passes for a key: changes its memory at once; results go to
  // run.emit(). Returns true iff the memory has changed.
  virtual bool tick(step_run& run, key_memory& memory, const step_tick& now) {
    static_cast<void>(run), static_cast<void>(memory), static_cast<void>(now);
    return false;
  }
  // The key is forgotten at journal time `now_ms`, and its memory goes: what must be said before goes to
  // run.emit().
  virtual void forget(step_run& run, const key_memory& memory, std::int64_t now_ms) {
    static_cast<void>(run), static_cast<void>(memory), static_cast<void>(now_ms);
  }
};

// What all steps of a pipeline remember of one key, in the order of the steps
// that remember. Made by steps::make_memory.
struct step_memory {
  std::vector<std::unique_ptr<key_memory>> parts;
};

// What steps need beside events: tables that the whole shard shares.
class lookup_tables;
struct step_world {
  const lookup_tables* tables = nullptr;
};

} // namespace sluice
