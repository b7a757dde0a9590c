// Windows that lie in time: tumbling, hopping, running with panes. How they take events, close and are
// revised (semantics.md sections 2 and 3).
#include <algorithm>
#include <limits>

#include "actors/window/keyed_pipeline.hpp"
#include "actors/window/room_for.hpp"

namespace sluice {

namespace {

constexpr auto last_time = std::numeric_limits<std::int64_t>::max();

} // namespace

// Steps 5 to 7. The usual event falls into the newest pane, whose windows are all open.
void keyed_pipeline::take_in_time(incoming& e) {
  auto& k = e.k;
  const auto t = e.row.time_ms;
  if (k.hot == nullptr || t < k.hot->start || t >= k.hot->end) return take_elsewhere(e);
  if (k.members) e.member = k.members->reserve(e.row.hash, e.batch.device(e.row));
  const auto f = judge(e);
  if (f == fate::taken) {
    if (stats_.uses_heap()) stats_.prepare(k.hot->words(), values_, facts(e));
    add(e, *k.hot);
    set_dirty(k, *k.hot); // it may be full already, while no window has ended since
  }
  advance(e);
  settle(e, f);
}

void keyed_pipeline::take_elsewhere(incoming& e) {
  auto& k = e.k;
  const auto index = shape_.grid.index(e.row.time_ms);
  const auto start = shape_.grid.start(index), end = shape_.grid.start(index + 1);
  const auto before = k.where(delay_);
  const auto last = floor_to(index, shape_.step), first = ceil_to(index - shape_.panes + 1, shape_.step);
  if (is_gone(window_end(last), before, lateness_))
    return take_late(e, shape_.grid.start(last), window_end(last));
  const bool partial = is_gone(window_end(first), before, lateness_);
  const bool running = kind_ == window_kind::running;
  const bool closed = end <= before.closed_to(); // the pane; some of its windows may be open
  // Its windows that are closed and not gone: to be revised.
  auto from = first;
  while (is_gone(window_end(from), before, lateness_)) from += shape_.step;
  auto to = from;
  while (to <= last && window_end(to) <= before.closed_to()) to += shape_.step;
  if (k.members) e.member = k.members->reserve(e.row.hash, e.batch.device(e.row));
  if (!running && closed && from < to) read_back(k, from, to - shape_.step + shape_.panes);
  const auto f = judge(e);
  if (f == fate::taken) {
    pane* target = running && closed ? k.total : find_pane(k, index);
    if (stats_.uses_heap()) stats_.prepare(target != nullptr ? target->words() : nullptr, values_, facts(e));
    if (target == nullptr) target = make_pane(index, start, end);

    // From here on nothing throws.
    if (partial) {
      ++counters_.late_partial;
      revise_gone(k, first, before, {e.row.sequence, e.row.index});
    }
    if (running && closed) {
      add_to_total(k, target, start, end);
    } else {
      if (find_pane(k, index) == nullptr) insert_pane(k, target);
      for (auto w = from; w < to; w += shape_.step) mark(k, w);
      if (closed)
        changed(k, *target);
      else
        set_dirty(k, *target); // no window that holds it has been put together yet
      if (!closed && target == k.panes.back().what) k.hot = target;
    }
    add(e, *target);
    if (idle_ != no_time)
      wheel_.schedule(k.place, k.due, add_ms(e.row.received_ms, idle_), e.row.received_ms);
  }
  advance(e);
  settle(e, f);
}

// A late event goes into the total at once and leaves with its next emission.
void keyed_pipeline::add_to_total(keyed_state& k, pane* total, std::int64_t start,
                                  std::int64_t end) noexcept {
  if (k.total == nullptr) k.total = total;
  total->start = std::min(total->start, start);
  if (end > total->end) total->end = end, total->revision = 0;
  k.behind = true;
}

// The watermark passes quiet_below: windows close, ascending by end, and closed ones go.
void keyed_pipeline::let_pass(keyed_state& k, std::int64_t high, cause by) noexcept {
  const auto from = k.where(delay_).closed_to();
  k.high = high;
  const auto to = k.where(delay_).closed_to();
  if (kind_ == window_kind::session) return close_sessions(k, to, by, false);
  close_up_to(k, from, to, by, false);
  drop_gone(k);
  drop_closed(k);
  set_quiet(k);
}

// The first window that is not closed yet, by its first pane.
std::int64_t keyed_pipeline::first_open(std::int64_t closed_to) const {
  return ceil_to(shape_.grid.index(closed_to) + 1 - shape_.panes, shape_.step);
}

void keyed_pipeline::set_quiet(keyed_state& k) noexcept {
  const auto at = k.where(delay_);
  if (at.watermark == no_time) return; // the first event comes this way anyhow
  k.quiet_below = window_end(first_open(at.closed_to()));
  if (lateness_ > 0)
    k.quiet_below = std::min(k.quiet_below,
                             add_ms(window_end(first_open(subtract_ms(at.watermark, lateness_))), lateness_));
}

// The end of the oldest window that waits to be emitted, the end of time when there is none.
std::int64_t keyed_pipeline::next_end(const keyed_state& k) const {
  if (counted_) return last_time;
  if (kind_ == window_kind::session || kind_ == window_kind::running)
    return k.panes.empty() ? last_time : k.panes.front()->end;
  const auto closed_to = k.where(delay_).closed_to();
  const auto open = closed_to == no_time ? no_time : first_open(closed_to);
  for (auto p = first_from(k.panes, open); p != k.panes.end(); ++p)
    if (p->what->events > 0)
      return window_end(std::max(open, ceil_to(p->index - shape_.panes + 1, shape_.step)));
  return last_time;
}

// Emits the windows with from < end <= to that hold something.
void keyed_pipeline::close_up_to(keyed_state& k, std::int64_t from, std::int64_t to, cause by,
                                 bool idle) noexcept {
  if (kind_ == window_kind::running) {
    while (!k.panes.empty() && k.panes.front()->end <= to) {
      if (idle) k.idle_closed = std::max(k.idle_closed, k.panes.front()->end);
      close_into_total(k, by);
    }
    return;
  }
  if (k.panes.empty()) return;
  const auto n = shape_.panes;
  auto w = from == no_time ? ceil_to(k.panes.front().index - n + 1, shape_.step) : first_open(from);
  for (std::size_t i = 0;;) {
    while (i < k.panes.size() && (k.panes[i].index < w || k.panes[i]->events == 0)) ++i;
    if (i == k.panes.size()) break;
    if (k.panes[i].index >= w + n) w = ceil_to(k.panes[i].index - n + 1, shape_.step);
    const auto end = window_end(w);
    if (end > to) break;
    if (idle) k.idle_closed = std::max(k.idle_closed, end);
    emit_window(k, w, 0, k.sums.get(), by);
    w += shape_.step;
  }
  if (k.hot != nullptr && k.hot->end <= k.where(delay_).closed_to()) k.hot = nullptr;
}

void keyed_pipeline::emit_window(keyed_state& k, std::int64_t first, std::uint32_t revision, pane_sums* sums,
                                 cause by) noexcept {
  const auto* words = shape_.panes == 1 ? find_pane(k, first)->words() : sums->window(first, k.panes, sum_);
  const auto start = shape_.grid.start(first);
  emit(k, words, start, window_end(first), revision + base_of(k, start), 0, by);
}

// The oldest pane of a running window closes.
void keyed_pipeline::close_into_total(keyed_state& k, cause by) noexcept {
  auto* p = k.panes.front().what;
  k.panes.pop_front();
  if (p == k.hot) k.hot = nullptr;
  if (k.total == nullptr) {
    k.total = p;
  } else {
    stats_.merge(k.total->words(), p->words());
    k.total->events += p->events;
    k.total->start = std::min(k.total->start, p->start);
    k.total->end = p->end;
    free_pane(p);
  }
  k.total->revision = 0;
  emit_total(k, by);
}

void keyed_pipeline::emit_total(keyed_state& k, cause by) noexcept {
  auto& total = *k.total;
  const auto last = shape_.grid.start(shape_.grid.index(total.end) - 1); // its last pane
  emit(k, total.words(), total.start, total.end, total.revision + base_of(k, last), 0, by);
  counters_.revised += total.revision > 0;
  ++total.revision;
  k.behind = false;
  touch(k);
}

// A closed window takes its event after this. Its first pane keeps the number of its next emission, from now
// on: a closed window was emitted once iff it held something.
void keyed_pipeline::mark(keyed_state& k, std::int64_t first) noexcept {
  if (k.marked.empty()) marked_keys_.push_back(&k);
  const auto at = std::lower_bound(k.marked.begin(), k.marked.end(), first);
  if (at != k.marked.end() && *at == first) return;
  k.marked.insert(at, first);
  const auto end = first_from(k.panes, first + shape_.panes);
  const bool held = std::any_of(first_from(k.panes, first), end, [](const auto& p) { return p->events > 0; });
  auto& p = pane_at(k, first);
  if (p.revision > 0 || !held) return;
  p.revision = 1;
  changed(k, p);
}

// Emits the windows marked for revision, each once however many late events it took.
void keyed_pipeline::revise(keyed_state& k, cause by) noexcept {
  revision_sums_.clear();
  for (const auto first : k.marked) revise_one(k, first, by);
  revision_sums_.clear();
  k.marked.clear();
  drop_gone(k);
  drop_closed(k);
  touch(k);
}

void keyed_pipeline::revise_one(keyed_state& k, std::int64_t first, cause by) noexcept {
  auto& p = pane_at(k, first);
  emit_window(k, first, p.revision, &revision_sums_, by);
  counters_.revised += p.revision > 0;
  ++p.revision;
  changed(k, p);
}

// An event comes that windows take which are gone and still wait for their revision: they are emitted without
// it, now.
void keyed_pipeline::revise_gone(keyed_state& k, std::int64_t from, const progress& at, cause by) noexcept {
  revision_sums_.clear();
  const auto gone = [&](std::int64_t w) { return w >= from && is_gone(window_end(w), at, lateness_); };
  for (const auto w : k.marked)
    if (gone(w)) revise_one(k, w, by);
  revision_sums_.clear();
  std::erase_if(k.marked, gone);
  if (k.marked.empty()) std::erase(marked_keys_, &k);
}

pane* keyed_pipeline::find_pane(const keyed_state& k, std::int64_t index) const noexcept {
  if (!k.panes.empty() && k.panes.back().index == index) return k.panes.back().what;
  const auto at = first_from(k.panes, index);
  return at != k.panes.end() && at->index == index ? at->what : nullptr;
}

pane* keyed_pipeline::make_pane(std::int64_t index, std::int64_t start, std::int64_t end) {
  const auto place = panes_.acquire();
  auto* p = static_cast<pane*>(panes_.at(place));
  p->index = index, p->start = start, p->end = end, p->place = place;
  return p;
}

void keyed_pipeline::free_pane(pane* p) noexcept {
  if (stats_.uses_heap()) stats_.release(p->words());
  panes_.release(p->place);
}

void keyed_pipeline::insert_pane(keyed_state& k, pane* p) noexcept {
  k.panes.insert(first_from(k.panes, p->index), p);
}

pane& keyed_pipeline::pane_at(keyed_state& k, std::int64_t index) {
  if (auto* p = find_pane(k, index)) return *p;
  auto* p = make_pane(index, shape_.grid.start(index), shape_.grid.start(index + 1));
  insert_pane(k, p);
  return *p;
}

void keyed_pipeline::set_dirty(keyed_state& k, pane& p) noexcept {
  if (!std::exchange(p.dirty, true) && state_ != nullptr) k.dirty.push_back(p.index);
}

void keyed_pipeline::changed(keyed_state& k, pane& p) noexcept {
  set_dirty(k, p);
  if (k.sums) k.sums->changed(p.index);
}

} // namespace sluice
