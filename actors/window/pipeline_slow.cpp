// The long way of an event: late ones, new windows, a watermark that closes something (semantics.md section
// 2, steps 5 to 7).
#include <algorithm>
#include <stdexcept>

#include "actors/window/pipeline_shard.hpp"
#include "actors/window/room_for.hpp"
#include "actors/window/state_codec.hpp"

namespace sluice {

// Steps 5 to 7 in full. Everything that can throw comes before the first change.
void pipeline_shard::take_slowly(const incoming& e) {
  auto& d = e.d;
  const auto start = window_start(e.row.time_ms, size_), end = add_ms(start, size_);
  const auto before = d.where(delay_);
  const auto state = judge_window(end, before, lateness_);
  if (state == window_state::gone) return take_late(e, start, end, before);

  struct undo { // of an event that fails: the window it made, the results of the windows it would have closed
    pipeline_shard& self;
    std::size_t results;
    std::uint32_t w = no_record;
    bool done = false;
    ~undo() {
      if (done) return;
      if (w != no_record) self.table_.free_window(w);
      self.out_.results.erase(self.out_.results.begin() + static_cast<std::ptrdiff_t>(results),
                              self.out_.results.end());
    }
  } fresh{*this, out_.results.size()};
  const auto high = std::max(d.high, e.row.time_ms);
  prepare_move(e, high);
  const auto f = judge(e);
  auto target = no_record;
  const auto facts = e.facts();
  if (f == fate::taken) {
    target = table_.find_window(d, start);
    if (target == no_record) {
      fresh.w = target = state == window_state::open ? table_.make_window(start) : closed_window(d, start);
    }
    if (stats_->uses_heap()) stats_->prepare(table_.window(target).words(), values_, facts);
    room_for(marked_);
    room_for(dirty_, move_.closing.size() + 1);
    if (state == window_state::open && fresh.w != no_record && idle_ != no_time)
      wheel_.schedule(e.device, d.due, std::max(add_ms(e.row.received_ms, idle_), add_ms(end, delay_)),
                      e.row.received_ms);
  }

  put_step_results(e, f);
  fresh.done = true; // from here on nothing throws
  carry_out_move(e, high);
  if (target != no_record) {
    auto& w = table_.window(target);
    if (fresh.w != no_record) {
      w.open = state == window_state::open;
      d.open = static_cast<std::uint16_t>(d.open + w.open);
      table_.link(d, target);
      if (!w.open) keep(d, start);
    }
    stats_->add(w.words(), values_, facts);
    if (revision_base_ > w.revision) w.revision = revision_base_;
    if (!w.open) {
      if (!w.marked) marked_.push_back({e.device, start});
      w.marked = 1;
      set_dirty(e.device, w);
    }
  }
  count(f);
  accept(e);
}

void pipeline_shard::take_late(const incoming& e, std::int64_t start, std::int64_t end, const progress& at) {
  if (plan_.window->late == late_policy::dead_letter)
    refuse(e.batch, e.row, reason::late, {},
           "window " + std::to_string(start) + ".." + std::to_string(end) +
               " takes nothing any more (closed to " + std::to_string(at.closed_to()) +
               ", allowed lateness " + std::to_string(lateness_) + " ms)");
  ++counters_.late;
  accept(e);
}

// Returns a closed window that is not in memory, from the store or new; in no list.
std::uint32_t pipeline_shard::closed_window(const device_record& d, std::int64_t start) {
  if (state_ != nullptr && may_be_kept(d, start))
    if (auto value =
            state_->get(state_family::window, window_key(device_key(plan_.name, d.id.view()), start))) {
      auto w = decode_window(table_, start, *value, *stats_);
      if (!w) throw std::runtime_error(w.error().text);
      return *w;
    }
  return table_.make_window(start);
}

} // namespace sluice
