// One pipeline keyed by the device, without window or with tumbling windows of one length, inside one shard:
// its devices, steps and windows. pipeline_events.cpp takes events
// (semantics.md section 2, steps 4 to 8), pipeline_time.cpp lets time pass (section 3),
// pipeline_checkpoint.cpp hands over and loads state.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "actors/transform/steps.hpp"
#include "actors/window/aggregate.hpp"
#include "actors/window/device_table.hpp"
#include "actors/window/event_columns.hpp"
#include "actors/window/idle_wheel.hpp"
#include "actors/window/late_rule.hpp"
#include "actors/window/pipeline_runner.hpp"
#include "actors/window/result_json.hpp"

namespace sluice {

class pipeline_shard final : public pipeline_runner {
public:
  static outcome<std::unique_ptr<pipeline_shard>> make(pipeline_plan plan, const state_source* state,
                                                       shard_output& out, const step_world& world = {});

  const pipeline_plan& plan() const noexcept override { return plan_; }
  void apply(const event_batch& batch, std::span<const std::uint32_t> rows, bool throw_first,
             bool check_duplicates) noexcept override;
  void tick(const control& c, const source_link& source) noexcept override;
  void release(std::string_view device) noexcept override;
  void let_go(std::uint16_t lane) noexcept override;
  std::size_t marked() const noexcept override { return marked_.size(); }
  void revise(std::uint64_t sequence, std::size_t from) noexcept override { emit_marked(sequence, from); }
  void end(const control& c) noexcept override;

  outcome<void> load(unsigned slot) override;
  void take(shard_part& part) override;
  void committed(std::uint64_t position) noexcept override;
  pipeline_counters take_counters() noexcept override { return std::exchange(counters_, {}); }
  void count(const pipeline_counters& more) noexcept override { counters_ += more; }
  bool waits_for_time() const noexcept override {
    return table_.size() > 0;
  } // each is to be forgotten one day

private:
  pipeline_shard(pipeline_plan plan, const state_source* state, shard_output& out);

  // The event in hand.
  struct incoming {
    const event_batch& batch;
    const event_row& row;
    std::size_t place; // of the row in the batch
    std::uint32_t device;
    device_record& d;
    sequence_set* sequences = nullptr; // to insert the number into; null = none
    bool restarted = false;
    event_facts facts() const noexcept {
      return {batch.device(row), row.time_ms, row.sequence, row.index, row.device_seq, row.has_sequence};
    }
  };
  enum class fate : std::uint8_t { taken, filtered, refused };
  // A window of a device, found again by its start.
  struct window_name {
    std::uint32_t device;
    std::int64_t start;
  };
  // What the watermark closes and lets go, prepared so that carrying it out cannot throw.
  struct watermark_move {
    std::vector<std::uint32_t> closing; // ascending by end
    std::uint64_t non_finite = 0;       // of their results
    std::vector<std::uint32_t> gone;    // closed windows in memory
    std::vector<state_write> erased;    // closed windows in the store
    std::uint32_t kept = 0;             // device_record::kept without them
  };

  // pipeline_events.cpp
  void bind(std::shared_ptr<const field_names> names);
  void apply_row(const event_batch& batch, std::size_t place, std::uint32_t device) noexcept;
  void take_event(incoming& e);
  void take_fast(const incoming& e, window_record& w);
  void take_slowly(const incoming& e);
  void take_late(const incoming& e, std::int64_t start, std::int64_t end, const progress& at);
  bool closes_any(const device_record& d, std::int64_t time) noexcept;
  fate judge(const incoming& e);
  fate check_types(const incoming& e);
  void count(fate f) noexcept;
  step_memory* memory_of(const device_record& d) const noexcept {
    const auto* extra = table_.extra_of(d);
    return extra == nullptr ? nullptr : extra->memory.get();
  }
  void prepare_memory(const incoming& e);
  void put_step_results(const incoming& e, fate f) {
    if (f != fate::refused && !steps_.results().empty()) [[unlikely]]
      put_step_results(e.batch.device(e.row), e.row.sequence, e.row.index);
  }
  void put_step_results(std::string_view device, std::uint64_t sequence, std::uint32_t index);
  void accept(const incoming& e) noexcept;
  void failed(const event_batch& batch, const event_row& row, std::uint32_t device,
              const char* what) noexcept;
  std::uint32_t closed_window(const device_record& d, std::int64_t start);
  void refuse(const event_batch& batch, const event_row& row, reason why, std::string where,
              std::string detail);

  // pipeline_watermark.cpp
  void prepare_move(const incoming& e, std::int64_t high);
  bool worth_a_walk(const device_record& d, std::int64_t high) const noexcept;
  void prepare_gone(const device_record& d, const progress& after);
  void prepare_far(const device_record& d, std::int64_t base, const progress& after, const std::string& key);
  void carry_out_move(const incoming& e, std::int64_t high) noexcept;
  void close(std::uint32_t device, device_record& d, std::uint32_t window) noexcept;
  void keep(device_record& d, std::int64_t start) noexcept;
  bool may_be_kept(const device_record& d, std::int64_t start) const noexcept;
  void set_dirty(std::uint32_t device, window_record& w) noexcept;
  result_record result(const device_record& d, const window_record& w, std::uint64_t sequence,
                       std::uint32_t index, std::uint64_t& non_finite);
  std::int64_t end_of(const window_record& w) const noexcept { return add_ms(w.start, size_); }

  // pipeline_events_only.cpp: pipelines without a window
  void take_without_window(const incoming& e);

  // pipeline_time.cpp
  void emit_marked(std::uint64_t sequence, std::size_t from = 0) noexcept;
  void look_at(std::uint32_t device, device_record& d, const control& c, const source_link& source);
  void close_open(std::uint32_t device, device_record& d, std::int64_t limit, std::uint64_t sequence);
  void forget(std::uint32_t device, device_record& d);
  void schedule(std::uint32_t device, device_record& d, std::int64_t silent_since, std::int64_t now);

  pipeline_plan plan_;
  const state_source* state_;
  shard_output& out_;
  steps steps_;
  std::unique_ptr<aggregates> stats_;    // null = no window
  std::vector<std::uint16_t> registers_; // of stats_->fields()
  std::vector<std::uint32_t> slots_;     // without steps, likewise: read from the row itself
  std::int64_t size_ = 0, delay_ = 0, lateness_ = 0, idle_ = no_time,
               forget_ = 0; // ms; idle_ no_time = never
  bool far_kept_ = false;   // closed windows may be further back than device_record::kept tells
  result_frame frame_;
  device_table table_;
  idle_wheel wheel_;
  pipeline_counters counters_;

  std::shared_ptr<const field_names> names_; // bound
  event_columns columns_;                    // of a pipeline without window

  // Devices that were let go while the store still has windows of theirs that no bit of `kept` tells of,
  // until the part of this position is committed; 0 = it is still to come.
  std::unordered_set<std::string> let_go_;
  std::uint64_t let_go_at_ = 0;

  std::vector<window_name> marked_;  // for revision
  std::vector<window_name> dirty_;   // closed and changed since the last part
  std::vector<state_write> deletes_; // since the last part
  struct handed_over {
    std::uint64_t position;
    window_name window;
  };
  std::deque<handed_over> handed_; // in checkpoint parts that are not committed yet

  // Reused between events, so that nothing is allocated per event.
  std::vector<event_value> values_;
  step_memory* memory_ = nullptr; // of the event's device
  watermark_move move_;
  text_buffer json_;
  bool throw_next_ = false, check_duplicates_ = true;
  std::uint32_t revision_base_ = 0; // of the batch in hand
};

} // namespace sluice
