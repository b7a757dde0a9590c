// One pipeline inside one shard whose windows or keys are not the usual ones: hopping, session, count,
// running and calendar windows, keys other than the device (semantics.md sections 2 and 3), also without a
// window. keyed_events.cpp takes events, keyed_refused.cpp those that fail, keyed_panes.cpp keeps windows
// that lie in time, keyed_free.cpp those that follow the events and results without a window, keyed_time.cpp
// lets journal time pass, keyed_checkpoint.cpp hands over and loads state. keyed_rows.cpp moves panes between
// memory and store.
//
// What can fail for want of memory or of a readable store comes before the first change; once something has
// changed, want of memory ends the process, and the next one does it again from the journal.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "actors/transform/steps.hpp"
#include "actors/window/aggregate.hpp"
#include "actors/window/event_columns.hpp"
#include "actors/window/idle_wheel.hpp"
#include "actors/window/keyed_state.hpp"
#include "actors/window/pipeline_runner.hpp"
#include "actors/window/record_arena.hpp"
#include "actors/window/result_json.hpp"
#include "actors/window/window_shape.hpp"

namespace sluice {

class keyed_pipeline final : public pipeline_runner {
public:
  // Errors (ec::invalid): an expression that does not compile, lengths that do not
  // fit.
  static outcome<std::unique_ptr<keyed_pipeline>> make(pipeline_plan plan, const state_source* state,
                                                       shard_output& out, const step_world& world);
  ~keyed_pipeline() override;

  const pipeline_plan& plan() const noexcept override { return plan_; }
  void apply(const event_batch& batch, std::span<const std::uint32_t> rows, bool throw_first,
             bool check_duplicates) noexcept override;
  void tick(const control& c, const source_link& source) noexcept override;
  void release(std::string_view id) noexcept override;
  void let_go(std::uint16_t lane) noexcept override;
  std::size_t marked() const noexcept override { return marked_keys_.size(); }
  void revise(std::uint64_t sequence, std::size_t from) noexcept override;
  void end(const control& c) noexcept override;

  outcome<void> load(unsigned slot) override;
  void take(shard_part& part) override;
  void committed(std::uint64_t position) noexcept override;
  pipeline_counters take_counters() noexcept override { return std::exchange(counters_, {}); }
  void count(const pipeline_counters& more) noexcept override { counters_ += more; }
  bool waits_for_time() const noexcept override { return keys_.size() > 0; }

private:
  keyed_pipeline(pipeline_plan plan, window_shape shape, const state_source* state, shard_output& out);

  // The event in hand.
  struct incoming {
    const event_batch& batch;
    const event_row& row;
    std::size_t place; // of the row in the batch
    keyed_state& k;
    sequence_set* sequences = nullptr; // to insert the number into; null = none
    bool restarted = false;
    std::uint32_t member = no_record; // of the key, when it has members
  };
  // What a result is caused by.
  struct cause {
    std::uint64_t sequence = 0;
    std::uint32_t index = 0;
  };
  enum class fate : std::uint8_t { taken, filtered, refused };

  // keyed_events.cpp
  void bind(std::shared_ptr<const field_names> names);
  std::uint64_t hash_of(const event_batch& batch, std::size_t place) const noexcept;
  std::string_view id_of(const event_batch& batch, std::size_t place) const noexcept;
  void prefetch_closing(const event_batch& batch, std::span<const std::uint32_t> rows,
                        keyed_state* const* found) const noexcept;
  void apply_row(const event_batch& batch, std::size_t place, keyed_state* k) noexcept;
  keyed_state& new_key(const event_batch& batch, std::size_t place);
  void take_event(incoming& e);
  bool judge_sequence(incoming& e);
  fate judge(const incoming& e);
  event_facts facts(const incoming& e) const noexcept;
  void advance(const incoming& e) noexcept;
  void take_late(const incoming& e, std::int64_t start, std::int64_t end);
  void prepare_memory(const incoming& e);
  void put_step_results(keyed_state& k, cause by) noexcept;
  void settle(const incoming& e, fate f) noexcept;
  void accept(const incoming& e) noexcept;
  void add(const incoming& e, pane& p) noexcept;

  // keyed_refused.cpp
  void failed(const event_batch& batch, const event_row& row, keyed_state* k, const char* what) noexcept;
  void refuse(const event_batch& batch, const event_row& row, reason why, std::string where,
              std::string detail);

  // keyed_panes.cpp: tumbling, hopping, running with panes
  void take_in_time(incoming& e);
  void take_elsewhere(incoming& e);
  void let_pass(keyed_state& k, std::int64_t high, cause by) noexcept;
  void close_up_to(keyed_state& k, std::int64_t from, std::int64_t to, cause by, bool idle) noexcept;
  void emit_window(keyed_state& k, std::int64_t first, std::uint32_t revision, pane_sums* sums,
                   cause by) noexcept;
  void add_to_total(keyed_state& k, pane* total, std::int64_t start, std::int64_t end) noexcept;
  static std::uint32_t base_of(const keyed_state& k, std::int64_t start) noexcept {
    return start <= k.rebuilt_to ? k.revision_base : 0;
  }
  void close_into_total(keyed_state& k, cause by) noexcept;
  void emit_total(keyed_state& k, cause by) noexcept;
  void drop_closed(keyed_state& k) noexcept;
  void drop_gone(keyed_state& k) noexcept;
  void erase_rows(keyed_state& k, std::int64_t below) noexcept;
  void revise(keyed_state& k, cause by) noexcept;
  void revise_one(keyed_state& k, std::int64_t first, cause by) noexcept;
  void revise_gone(keyed_state& k, std::int64_t from, const progress& at, cause by) noexcept;
  void mark(keyed_state& k, std::int64_t first) noexcept;
  void set_quiet(keyed_state& k) noexcept;
  std::int64_t first_open(std::int64_t closed_to) const;
  std::int64_t window_end(std::int64_t first) const { return shape_.grid.start(first + shape_.panes); }
  std::int64_t next_end(const keyed_state& k) const;

  // panes of a key
  pane* find_pane(const keyed_state& k, std::int64_t index) const noexcept;
  pane& pane_at(keyed_state& k, std::int64_t index); // made when there is none
  pane* make_pane(std::int64_t index, std::int64_t start, std::int64_t end);
  void free_pane(pane* p) noexcept;
  void insert_pane(keyed_state& k, pane* p) noexcept;
  void read_back(keyed_state& k, std::int64_t from, std::int64_t to); // may throw
  void set_dirty(keyed_state& k, pane& p) noexcept;
  void changed(keyed_state& k, pane& p) noexcept; // no sum with it holds

  // keyed_free.cpp: session, count, running after each event, no window
  void take_session(incoming& e);
  void close_sessions(keyed_state& k, std::int64_t to, cause by, bool idle) noexcept;
  void take_counted(incoming& e);
  void take_without_window(incoming& e);
  void close_counted(keyed_state& k, cause by) noexcept;

  // keyed_time.cpp
  void look_at(keyed_state& k, const control& c, const source_link& source) noexcept;
  void pass_members(keyed_state& k, std::int64_t until, const control& c) noexcept;
  void close_open(keyed_state& k, std::int64_t limit, cause by) noexcept;
  void forget(keyed_state& k) noexcept;
  void schedule(keyed_state& k, std::int64_t up_since, std::int64_t now) noexcept;

  // keyed_checkpoint.cpp
  keyed_state& insert(std::uint64_t hash, std::string_view id);
  void finish_load(keyed_state& k); // may throw
  void prefetch_changed(const keyed_state& k) const noexcept;
  void take_key(keyed_state& k, shard_part& part);
  void touch(keyed_state& k) noexcept;
  std::string row_key(const keyed_state& k) const;

  void emit(keyed_state& k, const std::uint64_t* words, std::int64_t start, std::int64_t end,
            std::uint32_t revision, std::uint64_t number, cause by) noexcept;
  void put(result_record r) noexcept;

  pipeline_plan plan_;
  const state_source* state_;
  shard_output& out_;
  steps steps_;
  aggregates stats_;
  window_shape shape_;
  std::vector<std::uint16_t> registers_; // of stats_.fields()
  std::vector<std::uint32_t> slots_;     // without steps, likewise: read from the row itself
  event_columns columns_;                // of a pipeline without window
  window_kind kind_ = window_kind::tumbling;
  bool counted_ = false;  // windows follow the journal, not time; or there are none
  bool by_device_ = true; // else keys have members
  std::int64_t delay_ = 0, lateness_ = 0, gap_ = 0, idle_ = no_time, forget_ = 0; // ms; idle_ no_time = never
  std::uint64_t count_ = 0;
  result_frame frame_;
  record_arena panes_;
  keyed_states keys_;
  idle_wheel wheel_;
  pane_sums revision_sums_;        // of the key that is being revised
  std::vector<std::uint64_t> sum_; // of the panes of one window
  pipeline_counters counters_;
  std::shared_ptr<const field_names> names_; // bound

  std::vector<keyed_state*> marked_keys_; // have windows to be revised
  std::vector<keyed_state*> touched_;     // changed since the last part
  std::vector<state_write> deletes_;      // since the last part
  struct handed_over {
    std::uint64_t position;
    std::uint32_t key; // place
    std::int64_t pane; // index
  };
  std::deque<handed_over> handed_; // rows in checkpoint parts that are not committed yet

  // Reused between events.
  std::vector<event_value> values_;
  steps::outcome_of_row ran_;
  step_memory* memory_ = nullptr; // of the event's key
  text_buffer json_;
  bool throw_next_ = false, check_duplicates_ = true;
  std::uint32_t revision_base_ = 0; // of the batch in hand
};

} // namespace sluice
