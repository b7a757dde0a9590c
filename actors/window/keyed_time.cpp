// Journal time passes in a keyed pipeline: revisions at ticks, devices that leave the minimum, closing by
// idleness, END, forgetting (semantics.md section 3).
#include <algorithm>
#include <limits>

#include "actors/window/key_codec.hpp"
#include "actors/window/keyed_pipeline.hpp"

namespace sluice {

namespace {

constexpr auto last_time = std::numeric_limits<std::int64_t>::max();

} // namespace

void keyed_pipeline::tick(const control& c, const source_link& source) noexcept {
  revise(c.sequence, 0);
  if (c.value == 0) return; // the wall clock jumped: idle closing and forgetting rest
  wheel_.fire(c.now_ms, [&](std::uint32_t place, std::uint32_t slot) {
    auto* k = keys_.at(place);
    if (!k->alive || k->due != slot) return;
    k->due = no_record;
    look_at(*k, c, source);
  });
}

void keyed_pipeline::revise(std::uint64_t sequence, std::size_t from) noexcept {
  for (auto i = from; i < marked_keys_.size(); ++i) revise(*marked_keys_[i], {sequence, 0});
  marked_keys_.resize(from);
}

void keyed_pipeline::let_go(std::uint16_t lane) noexcept {
  keys_.for_each([&](keyed_state& k) {
    if (!by_device_ || k.lane == lane || k.lane == several_lanes) forget(k);
  });
}

void keyed_pipeline::end(const control& c) noexcept {
  revise(c.sequence, 0);
  keys_.for_each([&](keyed_state& k) { close_open(k, last_time, {c.sequence, 0}); });
}

void keyed_pipeline::look_at(keyed_state& k, const control& c, const source_link& source) noexcept {
  if (subtract_ms(c.now_ms, k.received) >= forget_) {
    close_open(k, last_time, {c.sequence, 0});
    if (const auto* memory = k.extra ? k.extra->memory.get() : nullptr; memory != nullptr) {
      steps_.forget(k.id.view(), *memory, c.now_ms);
      put_step_results(k, {c.sequence, 0});
    }
    return forget(k);
  }
  // Of a source that is down: at the earliest, if it came up right now.
  const auto up_since = source.up ? source.since : c.now_ms;
  const auto silent_since = std::max(k.received, up_since);
  const auto until =
      source.up && idle_ != no_time ? subtract_ms(c.now_ms, idle_) : no_time; // silent since then
  if (k.members) pass_members(k, up_since <= until ? until : no_time, c);
  if (silent_since <= until) close_open(k, subtract_ms(c.now_ms, delay_), {c.sequence, 0});
  if (auto* memory = k.extra ? k.extra->memory.get() : nullptr; memory != nullptr) {
    if (steps_.tick(k.id.view(), *memory, {c.now_ms, silent_since, source.up}, counters_)) touch(k);
    put_step_results(k, {c.sequence, 0});
  }
  schedule(k, up_since, c.now_ms);
}

// Devices silent since `until` leave the minimum, those without events for so long are forgotten.
void keyed_pipeline::pass_members(keyed_state& k, std::int64_t until, const control& c) noexcept {
  const auto forgotten = subtract_ms(c.now_ms, forget_);
  const bool left = k.members->leave(std::max(until, forgotten));
  k.members->forget(forgotten, [&](std::string_view id) {
    if (state_ != nullptr)
      deletes_.push_back({state_family::device, row_key(k) + std::string(id), std::nullopt});
  });
  if (!left) return;
  touch(k);
  const auto high = k.members->low();
  if (high <= k.high) return;
  if (watermark_of(high, delay_) >= k.quiet_below) return let_pass(k, high, {c.sequence, 0});
  k.high = high;
}

// Closes the windows with end <= limit: closed_to moves, the watermark does not. Without limit (END, or the
// key is to be forgotten) what has no end in time is emitted too.
void keyed_pipeline::close_open(keyed_state& k, std::int64_t limit, cause by) noexcept {
  if (counted_) {
    if (limit == last_time && kind_ == window_kind::count && !k.panes.empty()) close_counted(k, by);
    return;
  }
  if (kind_ == window_kind::session) return close_sessions(k, limit, by, true);
  if (next_end(k) <= limit) {
    close_up_to(k, k.where(delay_).closed_to(), limit, by, true);
    drop_closed(k);
    set_quiet(k);
    touch(k);
  }
  if (limit == last_time && k.behind) emit_total(k, by);
}

// Files the key under the time at which idleness could close its oldest open window or send a device out of
// the minimum, or it is to be forgotten.
void keyed_pipeline::schedule(keyed_state& k, std::int64_t up_since, std::int64_t now) noexcept {
  auto due = add_ms(k.received, forget_);
  if (const auto* memory = k.extra ? k.extra->memory.get() : nullptr; memory != nullptr)
    due = std::min(due, steps_.due(*memory, std::max(k.received, up_since)));
  if (idle_ != no_time) {
    if (const auto end = next_end(k); end != last_time)
      due = std::min(due, std::max(add_ms(std::max(k.received, up_since), idle_), add_ms(end, delay_)));
    if (k.members && k.members->oldest() != no_time)
      due = std::min(due, add_ms(std::max(k.members->oldest(), up_since), idle_));
  }
  wheel_.schedule(k.place, k.due, due, now);
}

// Drops a key with its windows, of which none is marked: afterwards it is new.
void keyed_pipeline::forget(keyed_state& k) noexcept {
  if (state_ != nullptr) {
    const auto row = row_key(k);
    deletes_.push_back({state_family::device, row, std::nullopt});
    if (k.members)
      k.members->for_each([&](const key_members::member& m) {
        deletes_.push_back({state_family::device, row + m.id, std::nullopt});
      });
    erase_rows(k, last_time);
  }
  for (const auto& p : k.panes) free_pane(p.what);
  k.panes.clear();
  if (k.total != nullptr) free_pane(k.total);
  k.total = k.hot = nullptr;
  --counters_.devices;
  counters_.quarantined -= k.quarantined;
  keys_.erase(k);
}

} // namespace sluice
