// Journal time passes in one pipeline: revisions at ticks, closing by idleness, END, forgetting (semantics.md
// section 3).
#include <algorithm>
#include <limits>

#include "actors/window/pipeline_shard.hpp"
#include "actors/window/room_for.hpp"
#include "actors/window/state_codec.hpp"

namespace sluice {

void pipeline_shard::tick(const control& c, const source_link& source) noexcept {
  emit_marked(c.sequence);
  if (c.value == 0) return; // the wall clock jumped: idle closing and forgetting rest
  wheel_.fire(c.now_ms, [&](std::uint32_t device, std::uint32_t slot) {
    auto& d = table_.at(device);
    if (!d.alive || d.due != slot) return;
    d.due = no_record;
    look_at(device, d, c, source);
  });
  if (handed_.empty()) table_.recycle();
}

void pipeline_shard::end(const control& c) noexcept {
  if (!stats_) return;
  emit_marked(c.sequence);
  table_.for_each([&](std::uint32_t device) {
    close_open(device, table_.at(device), std::numeric_limits<std::int64_t>::max(), c.sequence);
  });
}

// Emits the windows marked for revision, each once however many late events it took.
void pipeline_shard::emit_marked(std::uint64_t sequence, std::size_t from) noexcept {
  for (auto m = from; m < marked_.size(); ++m) {
    const auto [device, start] = marked_[m];
    auto& d = table_.at(device);
    const auto i = table_.find_window(d, start);
    auto& w = table_.window(i);
    out_.results.push_back(result(d, w, sequence, 0, counters_.value_non_finite));
    ++counters_.results;
    counters_.revised += w.revision > 0;
    ++w.revision;
    w.marked = 0;
    const bool gone = is_gone(end_of(w), d.where(delay_), lateness_);
    if (w.mark_stored || (gone && w.stored)) {
      const auto key = window_key(device_key(plan_.name, d.id.view()), start);
      if (w.mark_stored) deletes_.push_back({state_family::mark, key, std::nullopt});
      if (gone && w.stored) deletes_.push_back({state_family::window, key, std::nullopt});
      w.mark_stored = 0;
    }
    if (gone) {
      table_.unlink_and_free(d, i);
    } else {
      room_for(dirty_);
      set_dirty(device, w);
    }
    table_.touch(device);
  }
  marked_.resize(from);
}

void pipeline_shard::look_at(std::uint32_t device, device_record& d, const control& c,
                             const source_link& source) {
  if (subtract_ms(c.now_ms, d.received) >= forget_) {
    if (stats_) close_open(device, d, std::numeric_limits<std::int64_t>::max(), c.sequence);
    if (const auto* memory = memory_of(d); memory != nullptr) {
      steps_.forget(d.id.view(), *memory, c.now_ms);
      put_step_results(d.id.view(), c.sequence, 0);
    }
    forget(device, d);
    return;
  }
  // Of a source that is down: at the earliest, if it came up right now.
  const auto silent_since = source.up ? std::max(d.received, source.since) : c.now_ms;
  if (source.up && idle_ != no_time && add_ms(silent_since, idle_) <= c.now_ms)
    close_open(device, d, subtract_ms(c.now_ms, delay_), c.sequence);
  if (auto* memory = memory_of(d); memory != nullptr) {
    if (steps_.tick(d.id.view(), *memory, {c.now_ms, silent_since, source.up}, counters_))
      table_.touch(device);
    put_step_results(d.id.view(), c.sequence, 0);
  }
  schedule(device, d, silent_since, c.now_ms);
}

// Files the device under the time at which idleness could close its oldest open window, a step waits for, or
// it is to be forgotten.
void pipeline_shard::schedule(std::uint32_t device, device_record& d, std::int64_t silent_since,
                              std::int64_t now) {
  auto due = add_ms(d.received, forget_);
  if (const auto* memory = memory_of(d); memory != nullptr)
    due = std::min(due, steps_.due(*memory, silent_since));
  if (idle_ != no_time && d.open > 0) {
    auto oldest = d.first;
    while (table_.window(oldest).next != no_record && table_.window(table_.window(oldest).next).open)
      oldest = table_.window(oldest).next;
    due = std::min(due, std::max(add_ms(silent_since, idle_), add_ms(end_of(table_.window(oldest)), delay_)));
  }
  wheel_.schedule(device, d.due, due, now);
}

// Closes the open windows with end <= limit: closed_to moves, the watermark does not.
void pipeline_shard::close_open(std::uint32_t device, device_record& d, std::int64_t limit,
                                std::uint64_t sequence) {
  move_.closing.clear();
  for (auto w = d.first; w != no_record && table_.window(w).open; w = table_.window(w).next)
    if (end_of(table_.window(w)) <= limit) move_.closing.push_back(w);
  if (move_.closing.empty()) return;
  room_for(dirty_, move_.closing.size());
  for (auto w = move_.closing.rbegin(); w != move_.closing.rend(); ++w) { // the list descends
    out_.results.push_back(result(d, table_.window(*w), sequence, 0, counters_.value_non_finite));
    ++counters_.results;
    d.idle_closed = std::max(d.idle_closed, end_of(table_.window(*w)));
    close(device, d, *w);
  }
  table_.touch(device);
}

void pipeline_shard::let_go(std::uint16_t lane) noexcept {
  table_.for_each([&](std::uint32_t device) {
    if (table_.lane(device) != lane && table_.lane(device) != several_lanes) return;
    if (far_kept_ && state_ != nullptr) let_go_.emplace(table_.at(device).id.view());
    forget(device, table_.at(device));
  });
  let_go_at_ = 0;
}

// Drops a device with its windows, of which none is marked: afterwards it is new.
void pipeline_shard::forget(std::uint32_t device, device_record& d) {
  if (state_ != nullptr) {
    const auto key = device_key(plan_.name, d.id.view());
    deletes_.push_back({state_family::device, key, std::nullopt});
    for (auto w = d.first; w != no_record; w = table_.window(w).next)
      if (table_.window(w).stored)
        deletes_.push_back({state_family::window, window_key(key, table_.window(w).start), std::nullopt});
    if (stats_ && lateness_ > 0)
      state_->scan(state_family::window, key, [&](std::string_view found, std::string_view) {
        deletes_.push_back({state_family::window, std::string(found), std::nullopt});
        return true;
      });
  }
  --counters_.devices;
  counters_.quarantined -= d.quarantined;
  table_.erase(device);
}

} // namespace sluice
