// Windows that follow the events instead of lying in time: sessions, so many events, running after each event
// (semantics.md section 3); and events without a window.
#include <algorithm>
#include <limits>

#include "actors/window/keyed_pipeline.hpp"

namespace sluice {

namespace {

constexpr auto last_time = std::numeric_limits<std::int64_t>::max();

} // namespace

// A session is a pane: start = its first event, end = its last one + gap. Events less than gap apart belong
// together; nothing is merged into a session that was emitted.
void keyed_pipeline::take_session(incoming& e) {
  auto& k = e.k;
  const auto t = e.row.time_ms, end = add_ms(t, gap_);
  const auto from =
      std::find_if(k.panes.begin(), k.panes.end(), [&](const pane_ref& p) { return p->end > t; });
  const auto to = std::find_if(from, k.panes.end(), [&](const pane_ref& p) { return p->start >= end; });
  const auto merged_start = from == to ? t : std::min(t, from->what->start);
  const auto merged_end = from == to ? end : std::max(end, (to - 1)->what->end);
  if (t < k.closed_end || merged_end <= k.where(delay_).closed_to())
    return take_late(e, merged_start, merged_end);
  if (k.members) e.member = k.members->reserve(e.row.hash, e.batch.device(e.row));
  const auto f = judge(e);
  if (f == fate::taken) {
    auto* target = from == to ? nullptr : from->what;
    if (stats_.uses_heap()) stats_.prepare(target != nullptr ? target->words() : nullptr, values_, facts(e));
    const auto at = from - k.panes.begin(), others = to - from;
    if (target == nullptr) {
      target = make_pane(0, t, end);
      k.panes.insert(k.panes.begin() + at, target);
    }
    add(e, *target);
    target->start = merged_start, target->end = merged_end;
    for (auto i = 1; i < others; ++i) {
      auto* other = k.panes[static_cast<std::size_t>(at) + 1].what;
      stats_.merge(target->words(), other->words());
      target->events += other->events;
      free_pane(other);
      k.panes.erase(k.panes.begin() + at + 1, k.panes.begin() + at + 2);
    }
    k.quiet_below = k.panes.front()->end;
    if (idle_ != no_time)
      wheel_.schedule(k.place, k.due, add_ms(e.row.received_ms, idle_), e.row.received_ms);
  }
  advance(e);
  settle(e, f);
}

void keyed_pipeline::close_sessions(keyed_state& k, std::int64_t to, cause by, bool idle) noexcept {
  while (!k.panes.empty() && k.panes.front()->end <= to) {
    auto* p = k.panes.front().what;
    k.panes.pop_front();
    emit(k, p->words(), p->start, p->end, 0, 0, by);
    k.closed_end = std::max(k.closed_end, p->end);
    if (idle) k.idle_closed = std::max(k.idle_closed, p->end);
    free_pane(p);
    touch(k);
  }
  k.quiet_below = k.panes.empty() ? last_time : k.panes.front()->end;
}

// Journal order, no lateness: start = the earliest event, end = 1 ms after the latest.
void keyed_pipeline::take_counted(incoming& e) {
  auto& k = e.k;
  const auto f = judge(e);
  if (f == fate::taken) {
    auto* p = k.panes.empty() ? nullptr : k.panes.front().what;
    if (stats_.uses_heap()) stats_.prepare(p != nullptr ? p->words() : nullptr, values_, facts(e));
    const auto t = e.row.time_ms, end = add_ms(t, 1);
    if (p == nullptr) {
      p = make_pane(0, t, end);
      k.panes.push_back(p);
    }
    add(e, *p);
    p->start = std::min(p->start, t), p->end = std::max(p->end, end);
    if (kind_ == window_kind::running)
      emit(k, p->words(), p->start, p->end, 0, ++k.number, {e.row.sequence, e.row.index});
    else if (p->events == count_)
      close_counted(k, {e.row.sequence, e.row.index});
  }
  advance(e);
  settle(e, f);
}

void keyed_pipeline::close_counted(keyed_state& k, cause by) noexcept {
  auto* p = k.panes.front().what;
  emit(k, p->words(), p->start, p->end, 0, ++k.number, by);
  k.panes.clear();
  free_pane(p);
  touch(k);
}

// Every event that passes the steps is a result of its key.
void keyed_pipeline::take_without_window(incoming& e) {
  const auto f = judge(e);
  if (f != fate::taken) return settle(e, f);
  const auto id = e.k.id.view();
  json_.clear();
  frame_.begin_event(json_, id, e.row.time_ms);
  columns_.append(json_, steps_, e.batch, e.place);
  frame_.end(json_);
  auto r = event_result(plan_, id, e.row, json_.view());
  settle(e, f); // results of the steps leave before it
  put(std::move(r));
}

} // namespace sluice
