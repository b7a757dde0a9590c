// The watermark of a device moves: windows close, ascending by end, and closed ones go (semantics.md section
// 2, step 6).
#include "actors/window/pipeline_shard.hpp"

#include <algorithm>
#include <bit>

#include "actors/window/room_for.hpp"
#include "actors/window/state_codec.hpp"

namespace sluice {

namespace {

constexpr unsigned kept_bits = 32;
constexpr std::uint64_t few_windows = 8; // above it the store is scanned instead of deleting blindly

} // namespace

// Works out into move_ what happens when the highest event time becomes `high`. Changes nothing but
// out_.results, which get the results of the closing windows: the caller takes them back if the event fails.
void pipeline_shard::prepare_move(const incoming& e, std::int64_t high) {
  move_.closing.clear(), move_.gone.clear(), move_.erased.clear();
  move_.non_finite = 0;
  move_.kept = e.d.kept;
  if (high == e.d.high) return;
  const progress after{watermark_of(high, delay_), e.d.idle_closed};
  for (auto w = e.d.first; w != no_record && table_.window(w).open; w = table_.window(w).next)
    if (end_of(table_.window(w)) <= after.watermark) move_.closing.push_back(w);
  std::reverse(move_.closing.begin(), move_.closing.end()); // the list descends
  for (const auto w : move_.closing)
    out_.results.push_back(result(e.d, table_.window(w), e.row.sequence, e.row.index, move_.non_finite));
  room_for(dirty_, move_.closing.size() + 1);
  if (lateness_ > 0 && e.d.high != no_time && (state_ != nullptr || far_kept_ || worth_a_walk(e.d, high)))
    prepare_gone(e.d, after);
  room_for(deletes_, move_.erased.size());
}

// Without a store closed windows stay in the list: it is walked once for many of them, and before a bit would
// be lost.
bool pipeline_shard::worth_a_walk(const device_record& d, std::int64_t high) const noexcept {
  if (d.kept == 0) return false;
  const auto back = windows_between(window_start(d.high, size_), window_start(high, size_), size_);
  return std::popcount(d.kept) >= 16 || back > static_cast<unsigned>(std::countl_zero(d.kept));
}

void pipeline_shard::prepare_gone(const device_record& d, const progress& after) {
  const auto base = window_start(d.high, size_);
  const auto gone = [&](std::int64_t start) { return is_gone(add_ms(start, size_), after, lateness_); };
  std::string key; // made when the first one is needed
  const auto erase = [&](std::int64_t start) {
    if (key.empty()) key = device_key(plan_.name, d.id.view());
    move_.erased.push_back({state_family::window, window_key(key, start), std::nullopt});
  };
  for (auto i = d.first; i != no_record; i = table_.window(i).next) {
    const auto& w = table_.window(i);
    if (w.open || w.marked || !gone(w.start)) continue; // a marked one is emitted first, and goes then
    move_.gone.push_back(i);
    if (w.stored) erase(w.start);
    if (w.start <= base && windows_between(w.start, base, size_) < kept_bits)
      move_.kept &= ~(1u << windows_between(w.start, base, size_));
  }
  if (state_ == nullptr) return;
  for (auto bits = move_.kept; bits != 0; bits &= bits - 1) {
    const auto i = static_cast<unsigned>(__builtin_ctz(bits));
    const auto start = subtract_ms(base, static_cast<std::int64_t>(i) * size_);
    if (!gone(start) || table_.find_window(d, start) != no_record) continue;
    erase(start);
    move_.kept &= ~(1u << i);
  }
  if (far_kept_) prepare_far(d, base, after, device_key(plan_.name, d.id.view()));
}

// Windows so far back that no bit tells whether the store has them: those that this move lets go.
void pipeline_shard::prepare_far(const device_record& d, std::int64_t base, const progress& after,
                                 const std::string& key) {
  // When the watermark last passed a window border it was at least base - delay: what was gone then was
  // erased then.
  const auto low = subtract_ms(window_start(subtract_ms(subtract_ms(base, delay_), lateness_), size_), size_);
  const auto high =
      std::min(subtract_ms(base, static_cast<std::int64_t>(kept_bits) * size_),
               subtract_ms(window_start(subtract_ms(after.watermark, lateness_), size_), size_));
  if (low > high) return;
  const auto erase = [&](std::int64_t start, std::string k) {
    if (table_.find_window(d, start) == no_record)
      move_.erased.push_back({state_family::window, std::move(k), std::nullopt});
  };
  if (windows_between(low, high, size_) < few_windows) {
    for (auto start = low; start <= high; start += size_) erase(start, window_key(key, start));
    return;
  }
  state_->scan(state_family::window, key, [&](std::string_view found, std::string_view) {
    const auto parsed = parse_key(plan_.name, found);
    if (parsed && parsed->start && *parsed->start >= low && *parsed->start <= high)
      erase(*parsed->start, std::string(found));
    return !parsed || !parsed->start || *parsed->start <= high;
  });
}

void pipeline_shard::carry_out_move(const incoming& e, std::int64_t high) noexcept {
  auto& d = e.d;
  if (high == d.high) return;
  d.kept = move_.kept;
  if (d.high != no_time) {
    const auto windows = windows_between(window_start(d.high, size_), window_start(high, size_), size_);
    d.kept = windows < kept_bits ? d.kept << windows : 0;
  }
  d.high = high;
  for (const auto w : move_.gone) table_.unlink_and_free(d, w);
  for (auto& write : move_.erased) deletes_.push_back(std::move(write));
  for (const auto w : move_.closing) close(e.device, d, w);
  counters_.results += move_.closing.size();
  counters_.value_non_finite += move_.non_finite;
}

// Closes an open window whose result is out. dirty_ has room.
void pipeline_shard::close(std::uint32_t device, device_record& d, std::uint32_t window) noexcept {
  auto& w = table_.window(window);
  --d.open;
  if (is_gone(end_of(w), d.where(delay_), lateness_)) {
    table_.unlink_and_free(d, window);
    return;
  }
  w.open = 0;
  ++w.revision;
  keep(d, w.start);
  set_dirty(device, w);
}

// Notes that a closed window may be revised.
void pipeline_shard::keep(device_record& d, std::int64_t start) noexcept {
  const auto base = window_start(d.high, size_);
  if (start > base) return;
  const auto back = windows_between(start, base, size_);
  if (back < kept_bits) d.kept |= 1u << back;
}

bool pipeline_shard::may_be_kept(const device_record& d, std::int64_t start) const noexcept {
  const auto base = window_start(d.high, size_);
  if (start > base) return true;
  const auto back = windows_between(start, base, size_);
  return back < kept_bits ? (d.kept >> back & 1) != 0
                          : far_kept_ && (let_go_.empty() || !let_go_.contains(std::string(d.id.view())));
}

void pipeline_shard::set_dirty(std::uint32_t device, window_record& w) noexcept {
  if (state_ == nullptr || w.dirty) return;
  w.dirty = 1;
  dirty_.push_back({device, w.start});
}

result_record pipeline_shard::result(const device_record& d, const window_record& w, std::uint64_t sequence,
                                     std::uint32_t index, std::uint64_t& non_finite) {
  const auto device = d.id.view();
  const auto end = end_of(w);
  json_.clear();
  frame_.begin_window(json_, device, w.start, end, w.revision);
  non_finite += stats_->append_values(json_, w.words(), end);
  frame_.end(json_);
  result_record r;
  r.order.sequence = sequence;
  r.order.pipeline = plan_.index;
  r.order.device = device;
  r.order.start = w.start;
  r.order.end = end;
  r.order.index = index;
  r.identity = result_identity(plan_.name, device, w.start, end);
  r.revision = w.revision;
  r.json = own_record(json_.view(), plan_.predict);
  return r;
}

} // namespace sluice
